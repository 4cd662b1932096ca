"""``manage.py preview_lab``: serves an author's own page of the lab that they write."""

import logging
import signal
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from labs.engine.authoring.lab_folders import find_lab_folder
from labs.engine.runtime.runner import runner
from labs.preview import ADDRESS, Preview, PreviewServer
from labs.typed_yaml.authoring_errors import AuthoringErrors
from vaka.unbuffered_command import UnbufferedCommand


class Command(UnbufferedCommand):
    help = (
        "Serve a page on 127.0.0.1 with the guide, the drawing, the checks and the mistakes of a lab. It follows each save, "
        "and starts and grades a copy of the lab."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("lab", help="the folder of a lab, or the id of a lab in the catalog")
        parser.add_argument("--port", type=int, default=8081, help="the TCP port (default: 8081)")
        parser.add_argument("--seed", type=int, default=0, help="the seed of the parameters' values (default: 0)")

    def handle(self, *args: Any, **options: Any) -> None:
        logging.getLogger("labs.engine").setLevel(logging.WARNING)
        for number in (signal.SIGTERM, signal.SIGHUP):  # an exception, so that the copy is removed
            signal.signal(number, lambda number, frame: sys.exit(128 + number))
        try:
            folder = find_lab_folder(options["lab"], Path(settings.LAB_CATALOG))
        except AuthoringErrors as wrong:
            raise CommandError(str(wrong)) from wrong
        with runner() as labs:
            preview = Preview(folder, options["seed"], labs)
            try:
                with PreviewServer(preview, options["port"]) as server:
                    self.tell(f"Open http://{ADDRESS}:{server.server_port}/ in a browser. Ctrl-C ends the preview.")
                    server.serve_forever()
            except OSError as error:
                raise CommandError(
                    f"Port {options['port']} cannot be used: {error.strerror}. Choose --port."
                ) from error
            except KeyboardInterrupt:
                pass
            finally:
                preview.copy.end()
