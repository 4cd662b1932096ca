from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from vaka.ops import people


class Command(BaseCommand):
    help = "Make the demo people, or put their passwords back to what the state folder says, and print them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="print nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        passwords = people.ensure(Path(settings.STATE_DIR))
        if not options["quiet"]:
            self.stdout.write("\n".join(people.lines(passwords)))
