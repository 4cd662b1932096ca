"""Serves the courses to an author: the site reloads them after each save and shows errors as a page."""

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
    help = "Serve the courses on 127.0.0.1 for their author, and reload them after each save."
    requires_system_checks = []  # an error in the content is shown as a page instead

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8080, help="the TCP port (default: 8080)")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, skip_checks=True)
        address = f"127.0.0.1:{options['port']}"
        self.stdout.write(f"Open http://{address}/courses/. Reload to see what you saved. Ctrl-C stops the server.")
        environment = {**os.environ, PREVIEW: "1", "VAKA_DEBUG": text("VAKA_DEBUG") or "1"}
        serve = [sys.executable, sys.argv[0], "runserver", address, "--noreload", "--skip-checks"]
        try:
            code = subprocess.run(serve, env=environment, check=False).returncode
        except KeyboardInterrupt:
            code = 0
        sys.exit(code)
