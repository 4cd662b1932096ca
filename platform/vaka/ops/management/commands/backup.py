"""``manage.py backup``: writes all data of the site into one file, while it runs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Write all data of this site into one file, while it runs. `restore` puts them back, also on another server."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="the new file, such as vaka-2026-12-01.tar.gz")

    def handle(self, *args: Any, **options: Any) -> None:
        from vaka.ops import backup  # not needed by the other commands

        file: Path = options["file"]
        written = backup.write(file, Path(settings.STATE_DIR).resolve())
        for path in written.left_out:
            self.stderr.write(f"Left out: {path} (a link, no regular file, or larger than 1 GB)")
        self.stdout.write(f"{file}: the database and {written.files} files, {written.size / 1e6:.1f} MB.")
        self.stdout.write("It has the site's secret key and everybody's data. Keep it where only you can read it.")
