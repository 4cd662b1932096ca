from typing import TYPE_CHECKING

from allauth.account.signals import password_reset, password_set
from django.apps import AppConfig

if TYPE_CHECKING:  # models exist only once the apps are loaded
    from vaka.accounts.models import User


def on_first_password(user: "User", **_: object) -> None:
    """A guest who sets a password has an account of their own. A reset can be the first password too, by a link."""
    from vaka.workshops.services import guest_accounts

    guest_accounts.forget_devices(user)


class WorkshopsConfig(AppConfig):
    name = "vaka.workshops"
    label = "workshops"

    def ready(self) -> None:
        # It connects a signal handler, and imports models, which exist only now
        from vaka.workshops.views import join  # noqa: F401

        for signal in (password_set, password_reset):
            signal.connect(on_first_password, dispatch_uid="vaka.workshops.on_first_password", weak=False)
