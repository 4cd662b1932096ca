"""``manage.py image``: shows the lab image, its packages and its flavours."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labs.engine.runtime import flavours
from labs.engine.runtime.image import Image
from vaka import operator_commands

MB = 1_000_000


class Command(BaseCommand):
    help = "Print the age of the lab image, its packages, and its flavours with their sizes."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="print all packages, not only the most important ones")

    def handle(self, *args: Any, **options: Any) -> None:
        from labs.engine.errors import EngineError
        from labs.lifecycle import lab_access  # here, because the other commands do not need it

        try:
            with lab_access.engine() as engine:
                images = {image.flavour: image for image in engine.images()}
                lists = {name: engine.packages(name) for name in images} if options["all"] else {}
        except EngineError as error:
            raise CommandError(str(error)) from error
        found = images.get("")
        if found is None:
            raise CommandError(
                f"The lab image has not been built on this server. Type: {operator_commands.build_image()}"
            )
        self.stdout.write(f"Lab image {found.tag}, {found.size // MB} MB")
        self.stdout.write(f"packages of {found.packages_at:%Y-%m-%d %H:%M} UTC, {found.age.days} days old")
        self.stdout.write(f"base of     {found.base_at:%Y-%m-%d %H:%M} UTC, updated when the packages were fetched")
        for name, version in found.versions.items() if not lists else ():
            self.stdout.write(f"  {name:<24} {version}")
        self.show_packages(lists.get("", {}))
        self.show_flavours(images, lists)
        if old := [f"image flavour {name}" if name else "lab image" for name, image in images.items() if image.is_old]:
            self.stdout.write(
                f"Security fixes are missing in: {', '.join(old)}. Type: {operator_commands.build_image(fresh=True)}"
            )

    def show_packages(self, lists: dict[str, dict[str, str]]) -> None:
        for part, packages in lists.items():
            self.stdout.write(f"{part}:")
            for name, version in packages.items():
                self.stdout.write(f"  {name:<24} {version}")

    def show_flavours(self, images: dict[str, Image], lists: dict[str, dict[str, dict[str, str]]]) -> None:
        """Print what each flavour adds to the lab image. One that is not built is built when a lab first needs it."""
        self.stdout.write("Flavours:")
        for name, flavour in flavours.known().items():
            image = images.get(name)
            more = (image.size - images[""].size) / MB if image else 0
            said = "not built"
            if image:
                at = f"{image.packages_at:%Y-%m-%d %H:%M} UTC, {image.age.days} days old"
                said = f"{more:.0f} MB more, packages of {at}"
            self.stdout.write(f"  {name:<12} {said}: {flavour.description}")
            shown = {package: (image.versions if image else {}).get(package, "") for package in flavour.packages}
            own = lists.get(name, {}).get("nodes", {})
            shown |= {package: version for package, version in own.items() if package not in lists[""]["nodes"]}
            for package, version in shown.items():
                self.stdout.write(f"    {package:<22} {version}".rstrip())
