"""Our settings of allauth: sign-up, passwords, and the messages that people read."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vaka.accounts import first_password, password_guesses, signup
from vaka.accounts.models import GUEST_PREFIX, USERNAME_TAKEN, User
from vaka.web import guess_delay, site_address
from vaka.web.person_names import plain_username
from vaka.web.request_origin import host_of, network_of

LINKS = ("password_reset_url", "activate_url", "signup_url")  # in mails
WRONG_PASSWORD = _("The username, the e-mail address or the password is wrong. Check them and try again.")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Accounts."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is closed. Ask an administrator of this site to open it again."),
        "cannot_remove_primary_email": _(
            "You cannot remove your main e-mail address. Make another address the main one first."
        ),
        "duplicate_email": _("Your account already has this e-mail address."),
        "email_password_mismatch": WRONG_PASSWORD,
        "email_taken": _("Another account uses this e-mail address. Use another address, or sign in to that account."),
        "enter_current_password": _("This is not your current password. Try again."),
        "incorrect_code": _("This code is wrong or too old. Check it, or use a new one."),
        "incorrect_password": _("This password is wrong. Try again."),
        "invalid_login": _("Signing in did not work. Try again."),
        "invalid_or_expired_key": _("This link is not valid any more. Request a new one."),
        "invalid_password_reset": _("This password reset link is not valid any more. Request a new one."),
        "max_email_addresses": _("You cannot add more than %d e-mail addresses. Remove one first."),
        "rate_limited": _("You have sent too many requests. Wait a minute, then try again."),
        "same_as_current": _("This is the same as before. Enter a different one."),
        "select_only_one": _("Select only one."),
        "too_many_login_attempts": _(
            "Your password or code was not checked, because too many others wait at the moment. Try again in "
            "30 seconds. In a browser in which you have signed in before, you do not have to wait. Your instructor can "
            "also create a password reset link for you."
        ),
        "unknown_email": _("There is no account with this e-mail address. Check the spelling."),
        "unverified_primary_email": _("Confirm your main e-mail address first."),
        "username_blacklisted": _("This username is reserved. Choose another one."),
        "username_password_mismatch": WRONG_PASSWORD,
        "username_taken": USERNAME_TAKEN,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return signup.is_open(request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail whose links have the address of the site, whatever host name the sender of the request typed."""
        address = site_address.for_mail(allauth_context.request)
        links = {name: f"{address}{urlsplit(context[name]).path}" for name in LINKS if context.get(name)}
        site = {"current_site": {"domain": urlsplit(address).netloc}}
        super().send_mail(template_prefix, email, {**context, **site, **links})

    def get_login_stages(self) -> list[str]:
        """Return allauth's stages of signing in, with ours for the e-mail address."""
        ours = {
            "allauth.account.stages.EmailVerificationStage": "vaka.accounts.email_verification.EmailVerificationStage"
        }
        return [ours.get(stage, stage) for stage in super().get_login_stages()]

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return the page that follows a new password, unless a page asked for the password."""
        is_first = first_password.is_set_by(request)
        page: str = (
            self.get_login_redirect_url(request) if is_first else super().get_password_change_redirect_url(request)
        )
        return page

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the network that rate limits per address count for, as guesses of passwords do."""
        return network_of(request)

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> Any:
        """Store a new account of somebody who signs up, with a password or a passkey."""
        signup.set_account_status(request, user)
        return super().save_user(request, user, form, commit)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirm an e-mail address. Return False, with a message, if another account confirms it in the same moment."""
        try:
            with transaction.atomic():
                return bool(super().confirm_email(request, email_address))
        except IntegrityError:
            failed = "account/messages/email_confirmation_failed.txt"
            self.add_message(request, messages.ERROR, failed, {"email": email_address.email})
            return False

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Return a username in its plain form. Refuse those that look like usernames of the demo or of workshop guests."""
        # The length is checked afterwards: one letter can become several
        cleaned: str = super().clean_username(plain_username(username), shallow=shallow)
        folded = cleaned.casefold()
        if not shallow and (folded in settings.ACCOUNT_USERNAME_BLACKLIST or folded.startswith(GUEST_PREFIX)):
            raise self.validation_error("username_blacklisted")
        return cleaned

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Describe the ways to confirm one's identity in our words."""
        descriptions = {
            "reauthenticate": _("Use your password"),
            "mfa_reauthenticate": _("Use a code from your app, or a recovery code"),
            "mfa_reauthenticate:webauthn": _("Use a passkey"),
        }
        methods = super().get_reauthentication_methods(user)
        return [{**method, "description": descriptions[method["id"]]} for method in methods]

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Check a password, after the delay of wrong ones, which are counted by account (``vaka.accounts.password_guesses``)."""
        names = credentials.get("username", ""), credentials.get("email", "")
        try:
            guess = password_guesses.count_password(request, *names)
        except guess_delay.TooMany:
            raise self.validation_error("too_many_login_attempts") from None
        found = None if guess.is_for_nobody else super().authenticate(request, **credentials)
        if found:
            guess.was_right()
        else:
            guess.was_wrong()
        return found


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Second factors and passkeys."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "add_email_blocked": _(
            "You cannot add an e-mail address while two-step sign-in is on. Turn it off first, then add the address."
        ),
        "cannot_delete_authenticator": _("You cannot remove your last way to sign in. Add another one first."),
        "cannot_generate_recovery_codes": _(
            "Recovery codes need two-step sign-in. Set up an authenticator app or a passkey first."
        ),
        "incorrect_code": _("Your code or passkey was not accepted. Try again with the code that your app shows now."),
        "unverified_email": _("Confirm your e-mail address first. Then you can turn on two-step sign-in."),
    }

    def generate_authenticator_name(self, user: User, type: Any) -> str:
        """Propose a name for a new passkey."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return gettext("Passkey %(number)s") % {"number": count + 1}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": host_of(allauth_context.request), "name": "Vaka"}
