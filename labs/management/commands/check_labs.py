"""``manage.py check_labs``: says everything that is wrong with the lab folders."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from labs.engine.catalog import check_folder

SEEDS = (1, 2, 2**53 - 1)


class Command(BaseCommand):
    help = "Check all lab folders and print each mistake with its file and line."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("catalog", nargs="?", type=Path, help="folder of lab folders (the site's own if left out)")

    def handle(self, *args: Any, **options: Any) -> None:
        root: Path = options["catalog"] or Path(settings.LAB_CATALOG)
        _labs, errors = check_folder(root, SEEDS)
        here = Path.cwd()
        for error in errors:
            file = Path(error.file)
            shown = file.relative_to(here) if file.is_relative_to(here) else file
            self.stderr.write(f"{shown}:{error.line}: {error.message}")
        count = sum(1 for path in root.iterdir() if (path / "lab.yaml").is_file())
        self.stdout.write(f"{count} labs checked, {len(errors)} errors")
        if errors:
            raise SystemExit(1)
