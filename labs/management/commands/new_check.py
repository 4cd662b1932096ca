"""``manage.py new_check``: prints a check of a type with all its fields, or puts it into a lab."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from labs.engine.authoring.lab_folders import find_lab_folder
from labs.engine.authoring.new_check import CannotPaste, check_text, paste
from labs.engine.checks import TYPES
from labs.typed_yaml.authoring_errors import AuthoringErrors
from labs.typed_yaml.shapes import nearest


class Command(BaseCommand):
    help = "Print a check of a type, ready to paste, with all fields that its expect can have; or put it into a lab."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("type", help="a check type, such as bgp.route; docs/checks.md lists them")
        parser.add_argument(
            "lab", nargs="?", help="the folder of a lab, or its id in the catalog: the check is put there"
        )
        parser.add_argument("--stage", default="", metavar="ID", help="the stage of that lab (default: the last one)")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["type"]
        if name not in TYPES:
            raise CommandError(f'There is no check type "{name}": {nearest(name, list(TYPES))}')
        if not options["lab"]:
            self.stdout.write("\n".join(check_text(name)))
            return
        try:
            folder = find_lab_folder(options["lab"], Path(settings.LAB_CATALOG))
            pasted = paste(folder, name, options["stage"])
        except (CannotPaste, AuthoringErrors) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{pasted.file}:{pasted.line}: the check {pasted.check}. Change its title, and what it expects; then type:\n"
            f"manage.py try_lab {options['lab']} --solve"
        )
