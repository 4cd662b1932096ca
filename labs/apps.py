from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import pre_delete
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:  # models exist only once the apps are loaded
    from vaka.accounts.models import User


def delete_labs_of(instance: "User", **_signal: object) -> None:
    from labs.lifecycle import account_deletion  # here, because most commands delete no account and need not load it

    account_deletion.before(instance)


class LabsConfig(AppConfig):
    name = "labs"
    verbose_name = _("Labs")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from labs.terminals import closing_terminals  # noqa: F401  connects the signals of ended sign-ins

        # However an account is deleted, its files and containers go too
        pre_delete.connect(
            delete_labs_of, sender=settings.AUTH_USER_MODEL, dispatch_uid="labs.lifecycle.account_deletion"
        )
