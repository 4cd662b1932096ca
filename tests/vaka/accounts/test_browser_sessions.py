"""The table of the sessions of browsers."""

import secrets
from datetime import timedelta

import pytest
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from asgiref.sync import async_to_sync
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.test import Client
from django.utils import timezone

from labs.lifecycle import tasks
from tests.builders import PASSWORD, make_person, signed_in
from tests.migrating import migrate, migrate_to_today
from vaka.accounts import browser_sessions
from vaka.accounts.browser_sessions import LARGEST, SessionStore
from vaka.accounts.models import BrowserSession
from vaka.accounts.password_links import create_link

BEFORE = [("accounts", "0010_time_zone_chosen"), ("sessions", "0001_initial")]
AFTER = [("accounts", "0011_browser_sessions")]


def test_a_session_names_the_person_who_has_signed_in(ada, client):
    client.force_login(ada)
    assert BrowserSession.objects.get().user == ada
    client.post("/accounts/logout/")
    assert not BrowserSession.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_session_that_is_saved_by_an_async_view_names_its_person_too(ada):
    async def save() -> None:
        store = SessionStore()
        await store.aset("_auth_user_id", str(ada.pk))
        await store.asave()

    async_to_sync(save)()
    assert ada.browser_sessions.count() == 1


def test_a_session_that_is_saved_after_its_person_was_deleted_does_no_harm(ada):
    store = signed_in(ada).session
    ada.delete()
    assert not BrowserSession.objects.exists()
    store.create()


@pytest.mark.django_db
def test_a_session_that_is_too_large_loses_its_largest_values_and_not_the_sign_in(ada, client):
    client.force_login(ada)
    session = client.session
    session["sent"], session["more"], session["seat"] = secrets.token_hex(100_000), secrets.token_hex(3_000), 7
    session.save()
    assert len(BrowserSession.objects.get().session_data) <= LARGEST
    assert client.get("/me/").status_code == 200
    assert set(client.session.keys()) >= {"seat", "_auth_user_id"}
    assert not {"sent", "more"} & set(client.session.keys())


@pytest.mark.django_db
def test_a_session_of_a_visitor_lasts_an_hour_whatever_the_cookie_says(client):
    session = client.session
    session["key"] = 1
    session.set_expiry(timedelta(days=14))
    session.save()
    assert BrowserSession.objects.get().expire_date < timezone.now() + timedelta(hours=1, seconds=1)


@pytest.mark.django_db
def test_the_newest_sessions_of_visitors_stay_and_sign_ins_stay_anyhow(ada, monkeypatch):
    monkeypatch.setattr(browser_sessions, "MOST_OF_VISITORS", 3)
    signed_in(ada)
    now = timezone.now()
    for key, minutes in (("over", -1), *((f"{n}", n) for n in range(1, 6))):
        BrowserSession.objects.create(session_key=key, session_data="", expire_date=now + timedelta(minutes=minutes))
    tasks.clear_browser_sessions()
    assert set(BrowserSession.objects.filter(user=None).values_list("pk", flat=True)) == {"3", "4", "5"}
    assert ada.browser_sessions.exists()


@pytest.mark.django_db(transaction=True)
def test_whoever_is_signed_in_before_an_upgrade_stays_signed_in(ada, client):
    client.force_login(ada)
    kept = BrowserSession.objects.get()
    much = DatabaseSessionStore().encode({"_auth_user_id": str(ada.pk), "much": [f"{n}" for n in range(9999)]})
    nobodys = DatabaseSessionStore().encode({"mfa.webauthn.state": {}})
    later, earlier = timezone.now() + timedelta(days=9), timezone.now() - timedelta(days=1)
    try:
        old = migrate(BEFORE).get_model("sessions", "Session").objects
        for key, data, ends in (
            (kept.pk, kept.session_data, kept.expire_date),
            ("much", much, later),
            ("nobody", nobodys, later),
            ("forged", "made up", later),
            ("over", kept.session_data, earlier),
        ):
            old.create(session_key=key, session_data=data, expire_date=ends)
        migrate(AFTER)
        assert not old.exists()
    finally:
        migrate_to_today()
    assert list(BrowserSession.objects.values_list("pk", "user")) == [(kept.pk, ada.pk)]
    assert client.get("/me/").status_code == 200


# What visitors have shown


def proofs():
    return sorted(BrowserSession.objects.exclude(proof="").values_list("proof", flat=True))


@pytest.fixture
def two_steps(ada):
    """Ada, with a second step. Her sign-ins of before have ended."""
    Authenticator.objects.create(user=ada, type=Authenticator.Type.TOTP, data={"secret": "A" * 32})
    return ada


def right_password(person):
    """Sign in with the right password. Return the browser, which is asked for the code of the second step."""
    client = Client()
    answer = client.post("/accounts/login/", {"login": person.username, "password": PASSWORD})
    assert answer["location"].startswith("/accounts/2fa/authenticate/")
    return client


def waits_for_the_code(client):
    return client.get("/accounts/2fa/authenticate/").status_code == 200


def opened_link(person):
    """Open a valid password reset link, made a moment ago. Return the browser."""
    client = Client()
    link = create_link(make_person(f"admin-{secrets.token_hex(4)}", is_staff=True), person)
    assert client.get(link.path)["location"].endswith("-set-password/")
    return client


def test_a_right_password_and_a_valid_link_are_never_refused_whatever_others_of_the_network_do(two_steps, linus):
    for _ in range(700):
        Client().get("/accounts/2fa/webauthn/login/", headers={"accept": "application/json"})
    assert not BrowserSession.objects.exists()
    assert waits_for_the_code(right_password(two_steps))
    client = opened_link(linus)
    assert "New password" in client.get(f"/accounts/password/reset/key/{user_pk_to_url_str(linus)}-set-password/").text


def test_the_second_steps_that_wait_for_a_person_end_the_oldest_of_the_same_person(two_steps, linus, monkeypatch):
    monkeypatch.setattr(browser_sessions, "MOST_OF_A_PROOF", 3)
    link = opened_link(linus)
    oldest, *newer = [right_password(two_steps) for _ in range(4)]
    assert [waits_for_the_code(browser) for browser in (oldest, *newer)] == [False, True, True, True]
    assert proofs()[:3] == [f"person:{user_pk_to_url_str(two_steps)}"] * 3
    assert link.session["_password_reset_key"], "that of somebody else stays"


def test_the_sessions_of_one_reset_link_end_the_oldest_of_the_same_link(linus, monkeypatch):
    monkeypatch.setattr(browser_sessions, "MOST_OF_A_PROOF", 2)
    path = create_link(make_person("admin", is_staff=True), linus).path
    for _ in range(4):
        Client().get(path)
    assert len(proofs()) == 2
    assert len(set(proofs())) == 1
    assert path.rpartition("-")[2].strip("/") not in proofs()[0], "the key itself is a secret"


def test_a_session_that_goes_on_with_another_proof_counts_for_that_one(two_steps, linus, monkeypatch):
    monkeypatch.setattr(browser_sessions, "MOST_OF_A_PROOF", 2)
    for _ in range(4):
        client = opened_link(linus)
        client.post("/accounts/login/", {"login": two_steps.username, "password": PASSWORD})
    assert BrowserSession.objects.filter(user=None).count() == 2


def test_the_session_of_a_sign_up_with_the_address_of_somebody_else_has_a_proof_too(settings, ada):
    store = SessionStore()
    store["account_login"] = {"user_pk": None, "email": "ada@vaka.example"}
    store.create()
    assert proofs()[0].startswith("shown:")
    assert "ada" not in proofs()[0]


def test_a_session_of_somebody_signed_in_needs_no_proof(ada):
    signed_in(ada)
    assert proofs() == []
