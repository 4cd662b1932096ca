"""allauth's forms, in our words."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm as AllauthAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as AllauthReauthenticateForm
from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vaka.accounts import password_guesses, signup
from vaka.web import guess_delay


class LoginForm(AllauthLoginForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Username or e-mail")
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"].help_text = ""  # allauth's link to a new password; the page has its own
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class SignupForm(AllauthSignupForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = _("Your mentor and instructor see it. Letters, digits and @ . + - _")
        self.fields["email"].label = _("E-mail")
        if not settings.MAIL:
            self.fields["email"].help_text = _("This server sends no mail. You can sign in with it, and that is all.")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        if signup.asks_for_code(context.request):
            self.fields["signup_code"] = _signup_code()
            self.order_fields(["signup_code"])

    def clean_signup_code(self) -> str:
        typed: str = self.cleaned_data["signup_code"]
        try:
            right = signup.is_right_code(context.request, typed)
        except guess_delay.TooMany:
            raise get_adapter().validation_error("too_many_login_attempts") from None
        if not right:
            raise forms.ValidationError(
                gettext("This is not the sign-up code, or not any more. Ask %(whom)s.") % {"whom": signup.whom_to_ask()}
            )
        return typed


def _signup_code() -> forms.CharField:
    attributes = {"class": "code-in", "autocapitalize": "characters", "autocomplete": "off"}
    return forms.CharField(
        max_length=20,
        label=_("Sign-up code"),
        help_text=_("Ask %(whom)s for it.") % {"whom": signup.whom_to_ask()},
        widget=forms.TextInput(attrs=attributes),
    )


class ChangePasswordForm(AllauthChangePasswordForm):  # type: ignore[misc]  # allauth has no types
    """Asks for the old password, which whoever sits down at an open page could guess."""

    def clean_oldpassword(self) -> str:
        try:
            guess = password_guesses.at_own_password(context.request, self.user)
        except guess_delay.TooMany:
            raise get_adapter().validation_error("too_many_login_attempts") from None
        old: str = super().clean_oldpassword()
        guess.was_right()
        return old


class _Code:
    """A form that asks for a code of the second step: of the app, or a recovery code."""

    user: Any

    def clean_code(self) -> str:
        try:
            guess = password_guesses.at_code(context.request, self.user)
        except guess_delay.TooMany:
            raise get_adapter().validation_error("too_many_login_attempts") from None
        code: str = super().clean_code()  # type: ignore[misc]  # of the form beside
        guess.was_right()
        return code


class AuthenticateForm(_Code, AllauthAuthenticateForm):  # type: ignore[misc]  # allauth has no types
    pass


class ReauthenticateForm(_Code, AllauthReauthenticateForm):  # type: ignore[misc]  # allauth has no types
    pass
