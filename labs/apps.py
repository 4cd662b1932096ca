from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LabsConfig(AppConfig):
    name = "labs"
    verbose_name = _("Labs")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from labs import tickets  # noqa: F401  connects what voids tickets when their user signs out
