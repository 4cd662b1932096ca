"""``manage.py new_lab``: creates the folder of a small lab without mistakes, from a template."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from labs.engine.authoring.lab_folders import new_lab_folder
from labs.engine.authoring.new_lab import ABOUT, FIRST, CannotCreate, create


class Command(BaseCommand):
    help = "Create a new lab folder with a small lab that runs, for you to change."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "lab", help="a new folder, such as ../labs/my-lab; or an id, for a folder in the site's catalog"
        )
        about = "; ".join(f"{name}: {text}" for name, text in ABOUT.items())
        parser.add_argument("--like", choices=list(ABOUT), default=FIRST, help=f"the template. {about}")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = new_lab_folder(options["lab"], Path(settings.LAB_CATALOG))
        try:
            files = create(folder, options["like"])
        except CannotCreate as error:
            raise CommandError(str(error)) from error
        for file in files:
            self.stdout.write(f"  {file}")
        named = options["lab"]
        self.stdout.write(
            f"\nTry it:     manage.py try_lab {named} --solve\nWork on it: manage.py try_lab {named} --watch\n"
            f"Prove it:   manage.py check_labs --live {folder}"
        )
