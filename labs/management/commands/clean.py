"""``manage.py clean``: removes data that nobody needs any more."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count, Sum


class Command(BaseCommand):
    help = (
        "Remove data that nobody needs any more: old lab images, old versions of labs, old saves, expired sign-ins, "
        "guests of old workshops."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="print what would be removed, and remove nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        from labs.lifecycle.daily_cleaning import clean  # not needed by the other commands
        from labs.models import Save

        gone = clean(only_look=options["dry_run"])
        for one in gone:
            self.stdout.write(f"{one.what}: up to {one.size / 1e6:.1f} MB" if one.size else one.what)
        did = "Would free" if options["dry_run"] else "Freed"
        total = sum(one.size for one in gone) / 1e6
        self.stdout.write(f"{did} up to {total:.1f} MB." if gone else "There is nothing to remove.")
        kept = Save.objects.aggregate(number=Count("pk"), bytes=Sum("size"))
        self.stdout.write(f"Saves that stay: {kept['number']}, {(kept['bytes'] or 0) / 1e6:.1f} MB.")
