"""On a site with mail, an e-mail address must be verified before its account signs in. An account without one needs none."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client

from tests.builders import PASSWORD, make_person
from vaka.accounts.models import User

SIGNED_IN, ASKS_FOR_CODE = "/", "/accounts/confirm-email/"


@pytest.fixture(autouse=True)
def sends_mail(settings, db):
    settings.MAIL = settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]


def signs_in(username, browser=None):
    browser = browser or Client()
    return browser.post("/accounts/login/", {"login": username, "password": PASSWORD})["location"]


def test_somebody_who_signs_up_verifies_the_address_first(mailoutbox):
    fields = {"username": "mere", "password1": PASSWORD, "password2": PASSWORD}
    browser = Client()
    assert browser.post("/accounts/signup/", fields).status_code == 200, "here an address is required"
    sent = browser.post("/accounts/signup/", fields | {"email": "mere@reefnet.example"})
    assert sent["location"] == ASKS_FOR_CODE
    cache.clear()  # allauth sends one code to an address in 3 minutes
    again = Client()
    assert signs_in("mere", again) == ASKS_FOR_CODE
    assert "_auth_user_id" not in again.session
    code = re.search(r"^\s*([A-Z0-9-]{6,})\s*$", mailoutbox[-1].body, re.MULTILINE)[1]
    again.post(ASKS_FOR_CODE, {"code": code})
    assert "_auth_user_id" in again.session
    assert signs_in("mere") == SIGNED_IN


def test_an_address_that_is_already_in_use_makes_no_account_and_no_sign_in(ada, mailoutbox):
    EmailAddress.objects.create(user=ada, email=ada.email, primary=True, verified=True)
    fields = {"username": "mere", "email": ada.email, "password1": PASSWORD, "password2": PASSWORD}
    browser = Client()
    assert browser.post("/accounts/signup/", fields)["location"] == ASKS_FOR_CODE, (
        "the page does not tell which addresses are known"
    )
    assert "_auth_user_id" not in browser.session
    assert not User.objects.filter(username="mere").exists()


def test_an_account_without_an_address_signs_in(mailoutbox):
    make_person("linus")
    assert signs_in("linus") == SIGNED_IN
    assert mailoutbox == []


def test_an_account_made_by_an_administrator_without_an_address_signs_in(olga_client):
    fields = {"username": "mere", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    assert olga_client.post("/admin/accounts/user/add/", fields).status_code == 302
    assert signs_in("mere") == SIGNED_IN


def test_an_account_to_which_an_administrator_gave_an_address_verifies_it_first(mailoutbox):
    make_person("mere", email="mere@reefnet.example")
    assert signs_in("mere") == ASKS_FOR_CODE
    assert [message.to for message in mailoutbox] == [["mere@reefnet.example"]]
