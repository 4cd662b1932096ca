"""The traces of requests in the sessions of their senders: every address, asked for with as much as a visitor can send."""

import logging
import secrets

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from tests.builders import PASSWORD, make_person, signed_in
from tests.vaka.test_permissions import Theirs, addresses, person, row_of, rows, url
from vaka.accounts.browser_sessions import LARGEST
from vaka.accounts.models import BrowserSession

MUCH = secrets.token_hex(100_000)
AS_PROGRAM = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def without_log():
    """Nothing is logged: pytest keeps each record, with a request of 200 KB, until the test has ended."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


def left_by_visitors():
    """Yield (method, address) of each address that leaves a session to a visitor."""
    table = rows()
    somebody = make_person("somebody")
    for address, path in addresses():
        if not path:
            continue
        with transaction.atomic():
            there = url(path, Theirs(row_of(address, table).whose, somebody))
            for how in ("GET", "POST"):
                cache.clear()
                before = set(BrowserSession.objects.values_list("pk", flat=True))
                client = Client(headers=AS_PROGRAM)
                client.get(there) if how == "GET" else client.post(there, {"code": MUCH})
                if BrowserSession.objects.exclude(pk__in=before).exists():
                    yield how, address
            transaction.set_rollback(True)


@pytest.mark.django_db
def test_no_address_keeps_a_session_of_a_visitor_who_has_shown_nothing():
    assert not list(left_by_visitors())


@pytest.mark.django_db
def test_no_address_lets_somebody_who_is_signed_in_fill_a_session():
    table, me = rows(), person("administrator", "me")
    browser, largest = signed_in(me), 0
    for address, path in addresses():
        if not path or address.startswith("admin:"):
            continue
        with transaction.atomic():
            cache.clear()
            client = Client()
            client.cookies.update(browser.cookies)
            client.post(url(path, Theirs(row_of(address, table).whose, me)), {"code": MUCH})
            largest = max([largest, *map(len, BrowserSession.objects.values_list("session_data", flat=True))])
            transaction.set_rollback(True)
    assert 0 < largest <= LARGEST


ASKS_AGAIN = ["totp/activate/", "recovery-codes/generate/", "webauthn/add/"]


@pytest.mark.django_db
@pytest.mark.parametrize("page", ASKS_AGAIN)
def test_a_visitor_signs_in_before_anything_of_a_form_is_kept(client, page):
    answer = client.post(f"/accounts/2fa/{page}", {"code": MUCH})
    assert answer["location"] == f"/accounts/login/?next=/accounts/2fa/{page}"
    assert not BrowserSession.objects.exists()


def test_a_form_that_waits_for_a_password_is_taken_up_again_and_no_cookie_is_kept(ada):
    client = signed_in(ada)
    client.cookies["vaka_device"] = "a secret of this device"
    client.post("/accounts/2fa/webauthn/add/", {"name": "My phone"}, headers={"host": "localhost"})
    kept = client.session["account_reauthentication_state"]["request"]
    assert "My+phone" in kept
    assert "a secret of this device" not in kept
    assert client.session.session_key not in kept
    again = {"password": PASSWORD, "next": "/accounts/2fa/webauthn/add/"}
    page = client.post("/accounts/reauthenticate/", again, headers={"host": "localhost"}).text
    assert "<h1>Add a passkey</h1>" in page
    assert "My phone" in page
