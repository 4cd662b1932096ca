"""``manage.py up``: runs a whole site, which ``vaka.ops.up`` starts and stops."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vaka.ops.errors import CannotStart


class Command(BaseCommand):
    help = "Run a whole site on this server: broker, relay, workers, beat, watcher, site and gateway. Ctrl-C ends all of it."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="do the main job as a client does, then end")
        parser.add_argument("--serve", action="store_true", help="with --demo: keep serving afterwards")

    def handle(self, *args: Any, **options: Any) -> None:
        from vaka.ops.up import Site

        try:
            status = Site().run(demo=options["demo"], serve=options["serve"] or not options["demo"])
        except CannotStart as reason:
            raise CommandError(str(reason)) from None
        if status:
            raise SystemExit(status)
