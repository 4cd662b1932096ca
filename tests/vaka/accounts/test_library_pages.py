"""People read only our own texts, also on pages, in messages and in mails whose code is allauth's."""

import re
from pathlib import Path

import allauth
import pytest
from allauth.account.adapter import get_adapter
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from django.core import mail
from django.template.loader import get_template

from tests.builders import PASSWORD
from vaka.accounts.adapter import AccountAdapter, MFAAdapter

TEMPLATES = Path(allauth.__file__).parent / "templates"
NOT_SHOWN = {  # pages of features that are off: codes by mail instead of a password, phone numbers, trusted browsers
    "account/confirm_login_code.html",
    "account/confirm_password_reset_code.html",
    "account/confirm_phone_verification_code.html",
    "account/email/login_code_message.txt",
    "account/email/login_code_subject.txt",
    "account/email/password_reset_code_message.txt",
    "account/email/password_reset_code_subject.txt",
    "account/email_change.html",
    "account/messages/login_code_sent.txt",
    "account/messages/phone_verification_sent.txt",
    "account/messages/phone_verified.txt",
    "account/phone_change.html",
    "account/request_login_code.html",
    "mfa/trust.html",
}
WITHOUT_TEXT = {  # they only extend or include another template
    "account/base_entrance.html",
    "account/base_manage.html",
    "account/base_manage_email.html",
    "account/base_manage_password.html",
    "account/base_manage_phone.html",
    "account/email/email_confirmation_signup_message.txt",
    "account/email/email_confirmation_signup_subject.txt",
    "mfa/base_entrance.html",
    "mfa/base_manage.html",
    "mfa/recovery_codes/download.txt",
    "mfa/webauthn/snippets/login_script.html",
}


def library_templates():
    for app in ("account", "mfa"):
        for path in sorted((TEMPLATES / app).rglob("*.*")):
            yield str(path.relative_to(TEMPLATES))


@pytest.mark.parametrize("name", sorted(set(library_templates()) - NOT_SHOWN - WITHOUT_TEXT))
def test_every_text_of_the_library_that_the_site_can_show_is_ours(name):
    assert not Path(get_template(name).origin.name).is_relative_to(TEMPLATES)


def test_the_exceptions_exist_in_the_library():
    assert set(library_templates()) >= NOT_SHOWN | WITHOUT_TEXT


@pytest.mark.parametrize("adapter", [AccountAdapter, MFAAdapter])
def test_every_error_message_that_people_can_get_is_ours(adapter):
    library = adapter.__mro__[1].error_messages
    ours = {key for key, text in adapter.error_messages.items() if text is not library.get(key)}
    assert set(library) - ours <= {"phone_password_mismatch", "phone_taken", "unknown_phone"}


def test_the_adapters_of_the_site_are_ours():
    assert isinstance(get_adapter(), AccountAdapter)
    assert isinstance(get_mfa_adapter(), MFAAdapter)


PAGES = {
    "/accounts/email/": "E-mail addresses",
    "/accounts/password/change/": "Change your password",
    "/accounts/2fa/": "Ways to sign in",
    "/accounts/2fa/webauthn/": "Passkeys",
    "/accounts/2fa/webauthn/add/": "Add a passkey",
    "/accounts/2fa/totp/activate/": "Set up an authenticator app",
    "/accounts/logout/": "Sign out",
    "/accounts/inactive/": "This account is closed",
}


@pytest.mark.parametrize(("path", "heading"), PAGES.items())
def test_each_page_of_the_account_has_a_plain_heading(ada_client, path, heading):
    ada_client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = ada_client.get(path, headers={"host": "localhost"})
    assert page.status_code == 200
    assert f"<h1>{heading}</h1>" in page.content.decode()


def test_a_changed_password_is_announced_by_mail_in_plain_words(settings, ada, ada_client):
    settings.MAIL = settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
    fields = {"oldpassword": PASSWORD, "password1": "a wide lagoon", "password2": "a wide lagoon"}
    page = ada_client.post("/accounts/password/change/", fields, follow=True).content.decode()
    assert "Your password was changed." in page
    [message] = mail.outbox
    assert "Your password was changed" in message.subject
    assert "If you did not, sign in, change your password, and tell an administrator of the site." in message.body
    assert re.search(r"- Time: \d+ [A-Z][a-z]+ \d{4}, \d\d:\d\d UTC\n", message.body)


def test_signing_out_of_the_administration_shows_our_page(olga_client):
    page = olga_client.post("/admin/logout/").content.decode()
    assert "<h1>You are signed out</h1>" in page
    assert "quality time" not in page


def test_a_new_passkey_gets_a_plain_name(ada):
    assert get_mfa_adapter().generate_authenticator_name(ada, "webauthn") == "Passkey 1"
