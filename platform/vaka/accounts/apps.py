from typing import TYPE_CHECKING, Any

from allauth.account.signals import email_confirmed, password_reset, user_logged_in
from django.apps import AppConfig
from django.contrib.auth import signals
from django.http import HttpRequest

if TYPE_CHECKING:  # models exist only once the apps are loaded
    from vaka.accounts.models import User


def on_password_reset(request: HttpRequest, user: "User", **_: Any) -> None:
    """Forget the wrong passwords before the reset, so that the person can sign in at once."""
    from vaka.accounts import password_guesses

    password_guesses.forget(user)
    password_guesses.remember_browser(request, user)


def on_sign_in(request: HttpRequest, user: "User", **_: Any) -> None:
    from vaka.accounts import password_guesses

    password_guesses.remember_browser(request, user)


def on_every_sign_in(request: HttpRequest, user: "User", **_: Any) -> None:
    """Bound the number of a person's sign-ins, also those that are not allauth's: a guest's, with a device."""
    from vaka.accounts import sign_ins

    sign_ins.end_oldest_sign_ins(request, user)


def on_email_confirmed(email_address: Any, **_: Any) -> None:
    from vaka.accounts import signup

    signup.email_confirmed(email_address.user)


class AccountsConfig(AppConfig):
    name = "vaka.accounts"
    label = "accounts"

    def ready(self) -> None:
        password_reset.connect(on_password_reset, dispatch_uid="vaka.accounts.on_password_reset", weak=False)
        user_logged_in.connect(on_sign_in, dispatch_uid="vaka.accounts.on_sign_in", weak=False)
        signals.user_logged_in.connect(on_every_sign_in, dispatch_uid="vaka.accounts.on_every_sign_in", weak=False)
        email_confirmed.connect(on_email_confirmed, dispatch_uid="vaka.accounts.on_email_confirmed", weak=False)
