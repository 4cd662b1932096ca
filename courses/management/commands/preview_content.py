"""Shows the courses to their author while he writes: each save is read at once, and a mistake is a page."""

import os
import subprocess
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from vaka.env import text

PREVIEW = "VAKA_PREVIEW"


class Command(BaseCommand):
    help = "Serve the courses on this machine alone, and read them anew when a file of theirs is saved."
    requires_system_checks = []  # a mistake in the content is shown as a page

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8080, help="where to serve (8080)")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, skip_checks=True)
        address = f"127.0.0.1:{options['port']}"
        self.stdout.write(f"The courses are at http://{address}/courses/ and change as you save. Ctrl-C ends it.")
        environment = {**os.environ, PREVIEW: "1", "VAKA_DEBUG": text("VAKA_DEBUG") or "1"}
        serve = [sys.executable, sys.argv[0], "runserver", address, "--noreload", "--skip-checks"]
        try:
            code = subprocess.run(serve, env=environment, check=False).returncode
        except KeyboardInterrupt:
            code = 0
        sys.exit(code)
