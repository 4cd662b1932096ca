"""``manage.py export_lab``: writes a lab for containerlab or Kathara, to run it at home."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from labs.engine.authoring.lab_folders import find_lab_folder
from labs.engine.authoring.parse import load_lab
from labs.engine.errors import EngineError
from labs.engine.foreign_labs.exporting import SYSTEMS, CannotExport, export_lab
from labs.typed_yaml.authoring_errors import AuthoringErrors


class Command(BaseCommand):
    help = (
        "Write a lab as a folder of containerlab or Kathara: network, addresses, configurations, and a README that says how "
        "to run it. Checks are not exported."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("lab", help="the folder of a lab, or the id of a lab in the catalog")
        parser.add_argument(
            "--as", dest="system", choices=list(SYSTEMS), required=True, help="the system to write it for"
        )
        parser.add_argument("--to", type=Path, metavar="DIR", help="the new folder (default: ID-SYSTEM here)")
        parser.add_argument("--solved", action="store_true", help="let the nodes type the solution when they start")
        parser.add_argument(
            "--seed", type=int, default=0, help="the seed of the parameters' values (default: 0, the author's)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            lab = load_lab(find_lab_folder(options["lab"], Path(settings.LAB_CATALOG)), options["seed"])
            folder = options["to"] or Path(f"{lab.id}-{options['system']}")
            files = export_lab(lab, options["system"], folder.absolute(), solved=options["solved"])
        except (AuthoringErrors, CannotExport, EngineError) as why:
            raise CommandError(str(why)) from why
        for file in files:
            self.stdout.write(f"  {file}")
