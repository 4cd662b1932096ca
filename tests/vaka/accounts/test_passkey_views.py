"""Signing in with a passkey: the challenge is in a cookie of the browser, and the database keeps nothing for a visitor."""

import json

import pytest
from django.core import signing
from django.test import Client

from tests.vaka.accounts.software_passkey import SoftwarePasskey
from vaka.accounts import passkey_views
from vaka.accounts.models import BrowserSession

SIGN_IN = "/accounts/2fa/webauthn/login/"


def begin(client: Client) -> str:
    """Return the challenge that the site sends."""
    options = client.get(SIGN_IN, headers={"host": "localhost", "accept": "application/json"}, secure=True)
    assert "no-store" in options["cache-control"]
    return options.json()["request_options"]["publicKey"]["challenge"]


def finish(client: Client, answer: dict) -> bool:
    """Send the passkey's answer. Return whether somebody is signed in then."""
    client.post(SIGN_IN, {"credential": json.dumps(answer)}, headers={"host": "localhost"}, secure=True)
    return client.get("/me/", headers={"host": "localhost"}, secure=True).status_code == 200


@pytest.mark.django_db
def test_a_challenge_of_a_visitor_takes_no_room_in_the_database():
    for _ in range(3):
        begin(Client())
    assert not BrowserSession.objects.exists()


def test_a_person_signs_in_with_a_passkey(ada):
    client, passkey = Client(), SoftwarePasskey(ada)
    assert finish(client, passkey.answer(begin(client)))
    assert ada.browser_sessions.count() == 1
    assert not client.cookies[passkey_views.COOKIE].value


def test_the_answer_of_a_passkey_is_accepted_once(ada):
    client, again, passkey = Client(), Client(), SoftwarePasskey(ada)
    answer = passkey.answer(begin(client))
    again.cookies[passkey_views.COOKIE] = client.cookies[passkey_views.COOKIE].value
    assert finish(client, answer)
    assert not finish(again, answer)


def test_the_answer_to_a_challenge_of_another_browser_is_not_accepted(ada):
    client, other, passkey = Client(), Client(), SoftwarePasskey(ada)
    begin(client)
    assert not finish(client, passkey.answer(begin(other)))
    assert not finish(Client(), passkey.answer(begin(other)))
    assert not BrowserSession.objects.exists()


def test_a_challenge_is_forgotten_after_some_minutes(ada, monkeypatch):
    client, passkey = Client(), SoftwarePasskey(ada)
    answer = passkey.answer(begin(client))
    monkeypatch.setattr(passkey_views, "LASTS", -1)
    assert not finish(client, answer)


def test_a_challenge_that_the_site_has_not_signed_is_not_accepted(ada):
    client, passkey = Client(), SoftwarePasskey(ada)
    answer = passkey.answer(begin(client))
    made_up = {"challenge": begin(Client()), "user_verification": "required"}
    client.cookies[passkey_views.COOKIE] = signing.dumps(made_up, key="another", salt=passkey_views.SALT)
    assert not finish(client, answer)


@pytest.mark.django_db
def test_a_second_step_that_waits_in_the_browser_stays(client):
    session = client.session
    session["account_login"] = {"user_pk": "1"}
    session.save()
    begin(client)
    assert set(client.session.keys()) == {"account_login"}
