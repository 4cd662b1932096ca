"""allauth's forms that add, name and sign up with a passkey, with our labels and help texts.

allauth's forms that sign in with a passkey are used as they are.
"""

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm as AllauthAddWebAuthnForm
from allauth.mfa.webauthn.forms import EditWebAuthnForm as AllauthEditWebAuthnForm
from allauth.mfa.webauthn.forms import SignupWebAuthnForm as AllauthSignupWebAuthnForm
from django.utils.translation import gettext_lazy as _

from vaka.accounts.first_password import require_password
from vaka.accounts.forms import with_labels


def _describe_passkey(form: Any) -> None:
    with_labels(form, {"name": _("Name of the passkey"), "passwordless": _("Sign in without a password")})
    if "passwordless" in form.fields:
        form.fields["passwordless"].help_text = _(
            "You can then sign in with this passkey alone. Your browser must confirm that it is you, for example by a "
            "fingerprint or a PIN."
        )


class AddWebAuthnForm(AllauthAddWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        require_password(self)
        _describe_passkey(self)


class EditWebAuthnForm(AllauthEditWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _describe_passkey(self)


class SignupWebAuthnForm(AllauthSignupWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _describe_passkey(self)
