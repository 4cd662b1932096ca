"""``manage.py new_lab``: a lab folder that is right already, with comments that teach."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from labs.engine.authoring.new_lab import CannotSketch, folder_for, sketch


class Command(BaseCommand):
    help = "Make a new lab folder: a small lab that runs, for you to change into yours."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("lab", help="a new folder, such as ../labs/my-lab; or an id, for one in the site's catalog")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = folder_for(options["lab"], Path(settings.LAB_CATALOG))
        try:
            files = sketch(folder)
        except CannotSketch as error:
            raise CommandError(str(error)) from error
        for file in files:
            self.stdout.write(f"  {file}")
        named = options["lab"]
        self.stdout.write(
            f"\nTry it:    manage.py try_lab {named} --solve\nWork on it: manage.py try_lab {named} --watch"
        )
