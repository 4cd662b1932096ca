"""The forms of the second step of signing in: they ask for a code of an app, or a recovery code. Each code is accepted once.

Guesses are counted (``vaka.accounts.password_guesses``). Passkeys, which are a second step too, are in vaka.accounts.passkey_forms.
"""

import re
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base.forms import AuthenticateForm as AllauthAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as AllauthReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm as AllauthActivateTOTPForm
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from vaka.accounts import password_guesses
from vaka.accounts.first_password import require_password
from vaka.accounts.forms import with_labels
from vaka.accounts.models import User
from vaka.web import guess_delay


class _CodeForm:
    """A form that asks for a code in the second step of signing in: one from the app, or a recovery code."""

    user: Any
    authenticator: Authenticator  # of the right code

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        with_labels(self, {"code": _("Code from your app, or a recovery code")})

    def clean_code(self) -> str:
        try:
            guess = password_guesses.count_code(context.request, self.user)
        except guess_delay.TooMany:
            raise get_adapter().validation_error("too_many_login_attempts") from None
        code: str = super().clean_code()  # type: ignore[misc]  # the other base class has it
        if self.authenticator.type == Authenticator.Type.TOTP and not _is_first_use(self.user, code):
            raise get_mfa_adapter().validation_error("incorrect_code")
        guess.was_right()
        return code


def _is_first_use(user: User, code: str) -> bool:
    """Return whether a code of the app is new. RFC 6238, section 5.2: it must not be accepted a second time.

    allauth forgets a used code after one step, but with a tolerance it stays valid for longer.
    """
    valid = (2 * settings.MFA_TOTP_TOLERANCE + 1) * mfa_settings.TOTP_PERIOD
    return cache.add(f"vaka:used-code:{user.pk}:{re.sub(r'\W', '', code)}", "", timeout=valid)


class AuthenticateForm(_CodeForm, AllauthAuthenticateForm):  # type: ignore[misc]  # allauth has no types
    pass


class ReauthenticateForm(_CodeForm, AllauthReauthenticateForm):  # type: ignore[misc]  # allauth has no types
    pass


class ActivateTOTPForm(AllauthActivateTOTPForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        require_password(self)
        with_labels(self, {"code": _("Code from the app")})
