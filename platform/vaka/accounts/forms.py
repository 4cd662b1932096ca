"""allauth's forms with our labels and help texts, and with slowed-down guessing (``vaka.accounts.password_guesses``).

Those that ask for the code of the second step are in vaka.accounts.second_step_forms, those of passkeys in
vaka.accounts.passkey_forms.
"""

from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import AddEmailForm as AllauthAddEmailForm
from allauth.account.forms import ChangeEmailForm as AllauthChangeEmailForm
from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import ConfirmEmailVerificationCodeForm as AllauthConfirmEmailForm
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from allauth.account.forms import ResetPasswordKeyForm as AllauthResetPasswordKeyForm
from allauth.account.forms import SetPasswordForm as AllauthSetPasswordForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.account.internal.userkit import filter_users_by_username, get_user_by_username
from allauth.account.utils import passthrough_next_redirect_url
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, password_validation
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vaka.accounts import mail_limits, password_guesses, signup, signup_code, username_lookups
from vaka.accounts.first_password import IS_ACCOUNT, NotAGuest, UsernameTaken, set_first_password
from vaka.accounts.models import User
from vaka.web import guess_delay
from vaka.web.person_names import MOST_LETTERS, plain_username

# As settings.AUTH_PASSWORD_VALIDATORS require
PASSWORD_HELP = _(
    "Use at least 8 characters. Do not use a common password, or one that is similar to your name, username or e-mail address."
)


def _without_placeholders(form: Any) -> None:
    """Remove allauth's placeholders: each of our fields has a visible label."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


def with_labels(form: Any, labels: Mapping[str, Any]) -> None:
    """Give the fields our labels, a new password its help text, and none a placeholder."""
    for name, label in labels.items():
        if name in form.fields:
            form.fields[name].label = label
    if "password1" in form.fields:
        form.fields["password1"].help_text = PASSWORD_HELP
    _without_placeholders(form)


class LoginForm(AllauthLoginForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"].help_text = ""  # allauth's link to a password reset; the page has its own
        with_labels(self, {"login": _("Username or e-mail"), "remember": _("Stay signed in")})

    def clean_login(self) -> str:
        """Return the plain form of what was typed, unless an account has this username in another form."""
        login: str = super().clean_login()[:MOST_LETTERS]
        return login if get_user_by_username(login) else plain_username(login)


class SignupForm(AllauthSignupForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = _(
            "Your mentor and your instructor see your username. It can have letters, digits and @ . + - _"
        )
        if not settings.MAIL:
            self.fields["email"].help_text = _("This site sends no e-mail. You can use the address only to sign in.")
        with_labels(self, {"email": _("E-mail address"), "password2": _("Password (again)")})
        if signup.asks_for_code(context.request):
            self.fields["signup_code"] = _signup_code()
            self.order_fields(["signup_code"])

    def clean_signup_code(self) -> str:
        typed: str = self.cleaned_data["signup_code"]
        try:
            right = signup_code.is_right(context.request, typed)
        except guess_delay.TooMany:
            raise get_adapter().validation_error("too_many_login_attempts") from None
        if not right:
            raise forms.ValidationError(
                gettext("This sign-up code is wrong, or it has been replaced. Ask %(whom)s for the current one.")
                % {"whom": signup.whom_to_ask()}
            )
        return typed

    def clean(self) -> Any:
        cleaned = super().clean()
        if not self.errors:
            mail_limits.count_sign_up(context.request)
        return cleaned

    def save(self, request: HttpRequest) -> Any:
        try:
            with transaction.atomic():
                return super().save(request)
        except IntegrityError:
            if not filter_users_by_username(self.cleaned_data["username"]).exists():
                raise _shown_again(
                    _("Somebody else has just signed up with the same invitation. Ask for an invitation of your own.")
                ) from None
            raise _shown_again(get_adapter().error_messages["username_taken"]) from None


def _signup_code() -> forms.CharField:
    attributes = {"class": "code-in", "autocapitalize": "characters", "autocomplete": "off"}
    return forms.CharField(
        max_length=20,
        label=_("Sign-up code"),
        help_text=_("Ask %(whom)s for the code.") % {"whom": signup.whom_to_ask()},
        widget=forms.TextInput(attrs=attributes),
    )


class ChangePasswordForm(AllauthChangePasswordForm):  # type: ignore[misc]  # allauth has no types
    """Asks for the current password. Its guesses are counted too, because somebody may find an open page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            "oldpassword": _("Current password"),
            "password1": _("New password"),
            "password2": _("New password (again)"),
        }
        with_labels(self, labels)

    def clean_oldpassword(self) -> str:
        try:
            guess = password_guesses.count_own_password(context.request, self.user)
        except guess_delay.TooMany:
            raise get_adapter().validation_error("too_many_login_attempts") from None
        old: str = super().clean_oldpassword()
        guess.was_right()
        return old


class _FirstPasswordForm:
    """A form for a new password. With their first password, a guest of a workshop chooses a username: they know of none yet."""

    user: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(self.user, User) and self.user.is_guest:
            self.fields["username"] = _username()  # type: ignore[attr-defined]  # the other base class has it
            self.order_fields(["username"])  # type: ignore[attr-defined]
        with_labels(self, {"password1": _("New password"), "password2": _("New password (again)")})

    def clean_username(self) -> str:
        username_lookups.count(self.user)
        name: str = get_adapter().clean_username(self.cleaned_data["username"])  # type: ignore[attr-defined]
        username_lookups.take_back(self.user)
        return name

    def clean(self) -> Any:
        cleaned = super().clean()  # type: ignore[misc]
        if "username" in cleaned and "password1" in cleaned:
            try:
                password_validation.validate_password(cleaned["password1"], User(username=cleaned["username"]))
            except forms.ValidationError as error:
                self.add_error("password1", error)  # type: ignore[attr-defined]
        return cleaned

    def save(self) -> None:
        cleaned = self.cleaned_data  # type: ignore[attr-defined]
        if "username" not in cleaned:
            super().save()  # type: ignore[misc]
            return
        try:
            set_first_password(self.user, cleaned["username"], cleaned["password1"])
        except UsernameTaken:
            raise _shown_again(get_adapter().error_messages["username_taken"]) from None
        except NotAGuest:
            raise _shown_again(IS_ACCOUNT) from None


def _shown_again(error: Any) -> ImmediateHttpResponse:
    """The way back to the form, with an error that nobody could know when it was checked: allauth's view expects none any more."""
    request = context.request
    messages.error(request, error)
    return ImmediateHttpResponse(redirect(passthrough_next_redirect_url(request, request.path, REDIRECT_FIELD_NAME)))


def _username() -> forms.CharField:
    attributes = {"autocomplete": "username", "autocapitalize": "none"}
    return forms.CharField(max_length=150, label=_("Username"), widget=forms.TextInput(attrs=attributes))


class SetPasswordForm(_FirstPasswordForm, AllauthSetPasswordForm):  # type: ignore[misc]  # allauth has no types
    pass


class ResetPasswordForm(AllauthResetPasswordForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        with_labels(self, {"email": _("E-mail address")})

    def clean(self) -> Any:
        cleaned = super().clean()
        if not self.errors:
            mail_limits.count_reset(context.request, self.cleaned_data["email"])
        return cleaned


class ResetPasswordKeyForm(_FirstPasswordForm, AllauthResetPasswordKeyForm):  # type: ignore[misc]  # allauth has no types
    pass


class AddEmailForm(AllauthAddEmailForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        with_labels(self, {"email": _("E-mail address")})


class ChangeEmailForm(AllauthChangeEmailForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        with_labels(self, {"email": _("Another e-mail address")})


class ConfirmEmailForm(AllauthConfirmEmailForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        with_labels(self, {"code": _("Code from the message")})
