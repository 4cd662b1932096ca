"""``manage.py can_upgrade``: says why this version cannot take over the data of the site, if it cannot."""

from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Tell whether this version can take over the data of the site. Exit status 1: it cannot, and why."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        from vaka.ops import upgrade  # not needed by the other commands

        reasons = list(upgrade.reasons_against())
        self.stdout.write("\n".join(reasons) or "This version can take over the data of the site.")
        if reasons:
            raise SystemExit(1)
