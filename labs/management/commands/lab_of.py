"""``manage.py lab_of``: shows the values that a learner's lab had, for an appeal."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labs.engine.authoring.filling import write_out
from labs.models import Attempt, LabSession
from labs.registry import versions


class Command(BaseCommand):
    help = "Show the lab of an attempt or a lab session: its version, its seed, and the values of its parameters."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("which", help="the number of an attempt, or the id of a lab session")
        parser.add_argument("--into", type=Path, help="a new folder to write the lab into, with these values in it")

    def handle(self, *args: Any, **options: Any) -> None:
        found = _find(options["which"])
        try:
            lab = versions.version(found.lab, found.lab_version, found.seed)
        except versions.NoSuchLab as error:
            raise CommandError(f"The values cannot be shown. {error}") from error
        self.stdout.write(f"{lab.id} {lab.version}, seed {lab.seed}, learner {found.learner or 'none yet'}")
        for name, value in lab.parameters.items():
            self.stdout.write(f"  {name}: {value}")
        if not lab.parameters:
            self.stdout.write("  The lab has no parameters: it is the same for every learner.")
        if options["into"]:
            try:
                options["into"].mkdir(parents=True)
            except OSError as error:
                raise CommandError(
                    f"{options['into']} cannot be created: {error.strerror}. Name a new folder."
                ) from error
            write_out(lab, options["into"])


def _find(which: str) -> Attempt | LabSession:
    try:
        found = Attempt.objects.filter(pk=int(which)) if which.isdigit() else LabSession.objects.filter(pk=UUID(which))
    except ValueError:
        raise CommandError(
            f'"{which}" is neither the number of an attempt nor the id of a lab session. Copy it from the page or the log.'
        ) from None
    first: Attempt | LabSession | None = found.select_related("learner").first()
    if first is None:
        raise CommandError(
            f"There is no attempt and no lab session {which}. Check the number, and whether VAKA_STATE is the site that you mean."
        )
    return first
