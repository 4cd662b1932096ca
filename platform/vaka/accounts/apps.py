from typing import Any

from allauth.account.signals import password_reset
from django.apps import AppConfig
from django.http import HttpRequest


def forget_wrong_passwords(request: HttpRequest, user: Any, **_: Any) -> None:
    from vaka.accounts.adapter import AccountAdapter

    AccountAdapter(request).forget_wrong_passwords(request, user)


class AccountsConfig(AppConfig):
    name = "vaka.accounts"
    label = "accounts"

    def ready(self) -> None:
        password_reset.connect(forget_wrong_passwords, dispatch_uid="vaka.accounts.forget_wrong_passwords", weak=False)
