"""``manage.py restore``: puts a backup into the state folder of a site that does not run."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Put a backup back. Stop the site first. What is there now is moved into a folder beside it, and nothing is deleted."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="a file that `backup` has written")

    def handle(self, *args: Any, **options: Any) -> None:
        from vaka import operator_commands
        from vaka.ops import restore  # not needed by the other commands

        file: Path = options["file"]
        restored = restore.read(file.resolve(), Path(settings.STATE_DIR).resolve())
        self.stdout.write(
            f"Restored the backup of {restored.made_at}: {restored.files} files. Start the site ({operator_commands.start()})."
        )
        if restored.before:
            self.stdout.write(
                f"The data from before are in {restored.before}. Remove that folder when nothing is missing."
            )
