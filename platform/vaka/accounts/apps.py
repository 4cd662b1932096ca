from typing import Any

from allauth.account.signals import email_confirmed, password_reset, user_logged_in
from django.apps import AppConfig
from django.http import HttpRequest


def has_a_new_password(request: HttpRequest, user: Any, **_: Any) -> None:
    """Let somebody with a new password in at once: the wrong ones before it were of the old."""
    from vaka.accounts import password_guesses

    password_guesses.forget(user)
    password_guesses.remember(request, user)


def signed_in(request: HttpRequest, user: Any, **_: Any) -> None:
    from vaka.accounts import password_guesses

    password_guesses.remember(request, user)


def address_is_verified(email_address: Any, **_: Any) -> None:
    from vaka.accounts import signup

    signup.address_is_verified(email_address.user)


class AccountsConfig(AppConfig):
    name = "vaka.accounts"
    label = "accounts"

    def ready(self) -> None:
        password_reset.connect(has_a_new_password, dispatch_uid="vaka.accounts.has_a_new_password", weak=False)
        user_logged_in.connect(signed_in, dispatch_uid="vaka.accounts.signed_in", weak=False)
        email_confirmed.connect(address_is_verified, dispatch_uid="vaka.accounts.address_is_verified", weak=False)
