"""``manage.py can_upgrade``: says why this version cannot take over the data of the site, if it cannot."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError


class Command(BaseCommand):
    help = "Tell whether this version can take over the data of the site. Exit status 1: it cannot, and why."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--backups",
            metavar="FOLDER",
            type=Path,
            help="where the backup before the upgrade goes (default: the state folder)",
        )
        parser.add_argument("--exams", action="store_true", help="ask only whether an exam is open")

    def handle(self, *args: Any, **options: Any) -> None:
        from vaka.ops import can_upgrade  # not needed by the other commands

        backups: Path = options["backups"] or Path(settings.STATE_DIR)
        try:
            reasons = list(
                can_upgrade.open_exams() if options["exams"] else can_upgrade.reasons_against(backups.absolute())
            )
        except DatabaseError as error:
            raise CommandError(f"The database does not answer: {error}") from None
        good = "No exam is open." if options["exams"] else "This version can take over the data of the site."
        self.stdout.write("\n".join(reasons) or good)
        if reasons:
            raise SystemExit(1)
