"""``manage.py import_lab``: makes a lab folder from one of containerlab, Kathara or netlab."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labs.engine.foreign_labs.foreign_lab import CannotImport, printable
from labs.engine.foreign_labs.importing import SYSTEMS, import_lab
from labs.engine.foreign_labs.report import REPORT


class Command(BaseCommand):
    help = (
        "Import a lab of containerlab (NAME.clab.yml), Kathara (lab.conf, and its checker's tests) or netlab (topology.yml). "
        "Nothing in its folder is run. Say what could not be imported, with file, line and reason. "
        "The exit status is 1 if check_labs would report mistakes."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "source", type=Path, metavar="DIR", help="the folder of the other system's lab, or its main file"
        )
        parser.add_argument(
            "--to", type=Path, metavar="DIR", help="the new lab's folder (default: one with the source's name here)"
        )
        parser.add_argument("--as", dest="system", choices=SYSTEMS, help="the system (default: from the files)")
        parser.add_argument(
            "--checks", type=Path, metavar="FILE", help="the configuration of Kathara's checker, if it is elsewhere"
        )
        parser.add_argument(
            "--learner",
            action="append",
            default=[],
            metavar="NODE",
            help="a node of the learner; can be given several times",
        )
        parser.add_argument(
            "--netlab", default="netlab", metavar="PROGRAM", help="the command of netlab (default: netlab)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = import_lab(
                options["source"],
                options["to"],
                system=options["system"] or "",
                checks=options["checks"],
                learners=options["learner"],
                netlab=options["netlab"],
            )
        except CannotImport as why:
            raise CommandError(printable(str(why))) from why
        for one in made.lab.not_imported:
            self.stdout.write(f"  not imported: {one}")
        types = f"the learner types {made.solution}" if made.solution else "the solution is missing: write it"
        source = "proposed" if made.proposed else "from the source's tests"
        self.stdout.write(
            f"{made.folder}: {len(made.lab.nodes)} nodes, {made.checks} checks {source}; {types}. "
            f"{len(made.lab.not_imported)} not imported, see {made.folder / REPORT}"
        )
        for error in made.errors:
            self.stderr.write(printable(str(error)))
        if made.errors:
            raise SystemExit(1)
        self.stdout.write(
            f"\nTry it: manage.py try_lab {made.folder} --solve\nThen change the places marked TODO in lab.yaml and guide.md."
        )
