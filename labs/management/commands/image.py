from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Print the age of the lab image, and its packages."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="print all packages, not only the most important ones")

    def handle(self, *args: Any, **options: Any) -> None:
        from labs.engine.errors import EngineError
        from labs.engine.runtime.image import FRESH
        from labs.lifecycle import lab_access  # here, because the other commands do not need it

        try:
            with lab_access.engine() as engine:
                found = engine.image()
                lists = engine.packages() if found and options["all"] else {}
        except EngineError as error:
            raise CommandError(str(error)) from error
        if found is None:
            raise CommandError("The lab image has not been built on this computer. Type: make image")
        self.stdout.write(f"Lab image {found.tag}")
        self.stdout.write(f"packages of {found.packages_at:%Y-%m-%d %H:%M} UTC, {found.age.days} days old")
        self.stdout.write(f"base of     {found.base_at:%Y-%m-%d %H:%M} UTC, with the updates of the packages' day")
        for name, version in found.versions.items() if not lists else ():
            self.stdout.write(f"  {name:<24} {version}")
        for part, packages in lists.items():
            self.stdout.write(f"{part}:")
            for name, version in packages.items():
                self.stdout.write(f"  {name:<24} {version}")
        if found.is_old:
            self.stdout.write(f"The image lacks the security fixes since then. Type: {FRESH}")
