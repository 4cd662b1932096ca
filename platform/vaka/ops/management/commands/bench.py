import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from labs.engine.errors import EngineError
from vaka.ops import programs
from vaka.ops.errors import CannotStart

# The bench has a site of its own, on this machine and by plain http
OF_THE_SITE = ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "VAKA_GATEWAY_URL", "VAKA_DEBUG", "VAKA_PREVIEW")
OF_THE_ROOM = ("VAKA_HTTPS", "VAKA_LAN", "VAKA_CERT", "VAKA_KEY")
FOLDER = "VAKA_BENCH"  # set in the process that measures: the folder that goes away with it


class Command(BaseCommand):
    help = "Measure starts, stops, grading, terminals and pages, beside what they are compared with. The last line is JSON."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--runs", type=int, default=5, help="rounds, of which the medians are taken (5)")
        parser.add_argument("--keys", type=int, default=240, help="keys pressed in each terminal (240)")

    def handle(self, *args: Any, **options: Any) -> None:
        if os.environ.get(FOLDER) != str(settings.STATE_DIR):
            self.begin_anew()
        logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each request would bury the figures
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
        try:
            from vaka.ops.bench.run import run

            run(self.tell, runs=max(1, options["runs"]), keys=max(20, options["keys"]))
        except (EngineError, CannotStart, TimeoutError) as reason:
            raise CommandError(f"The bench stopped: {reason}") from None
        except KeyboardInterrupt:
            raise CommandError("The bench was interrupted.", returncode=130) from None
        finally:
            shutil.rmtree(settings.STATE_DIR, ignore_errors=True)

    def tell(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def begin_anew(self) -> None:
        """Become the process that measures: same command, but with a site of its own in an empty folder."""
        folder = str(Path(tempfile.mkdtemp(prefix="vaka-bench-")))
        kept = {name: value for name, value in os.environ.items() if name not in (*OF_THE_SITE, *OF_THE_ROOM)}
        site, gateway = free_ports(2)
        at = {"VAKA_BIND": "127.0.0.1", "VAKA_PORT": str(site), "VAKA_GATEWAY_PORT": str(gateway)}
        own = {FOLDER: folder, "VAKA_STATE": folder, **at}
        os.execve(programs.python(), [*programs.manage(), *sys.argv[1:]], {**kept, **own})  # noqa: S606 — our own interpreter, fixed words


def free_ports(count: int) -> list[int]:
    """Ports that nobody has, all of them held until the last is found, so that they differ."""
    with ExitStack() as trials:
        sockets = [trials.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(trial.getsockname()[1]) for trial in sockets]
