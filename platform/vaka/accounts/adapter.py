"""Where our sites differ from what allauth expects."""

from typing import Any
from unicodedata import normalize

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from vaka.accounts import password_guesses, signup
from vaka.accounts.models import User
from vaka.web import guess_delay
from vaka.web.http import host_of

RESERVED = "guest-"  # how the names of guests of a workshop begin


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Accounts."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _(
            "Many passwords or codes are tried at this moment, so nobody looked at yours. Try again in half a minute. "
            "In a browser with which you have signed in before, you need not wait; "
            "and your instructor can make you a link to a new password."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return signup.is_open(request)

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> Any:
        """Make an account of somebody who signs up, with a password or a passkey."""
        signup.begin(request, user)
        return super().save_user(request, user, form, commit)

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """A name that looks like one of the demo's, or begins like that of a guest, is nobody's to choose."""
        cleaned: str = super().clean_username(username, shallow=shallow)
        looks = normalize("NFKC", cleaned).casefold()
        if not shallow and (looks in settings.ACCOUNT_USERNAME_BLACKLIST or looks.startswith(RESERVED)):
            raise self.validation_error("username_blacklisted")
        return cleaned

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Look at a password. Wrong ones count by account (``vaka.accounts.password_guesses``)."""
        try:
            guess = password_guesses.at_password(request, credentials.get("username", ""), credentials.get("email", ""))
        except guess_delay.TooMany:
            raise self.validation_error("too_many_login_attempts") from None
        found = super().authenticate(request, **credentials)
        if found:
            guess.was_right()
        return found


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Second factors and passkeys."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": host_of(context.request), "name": "Vaka"}
