import os
import shutil
import signal
import socket
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from labs.engine.errors import EngineError
from vaka.ops import programs
from vaka.ops.errors import CannotStart

OF_THE_SITE = ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "VAKA_GATEWAY_URL")  # the bench has a site of its own
FOLDER = "VAKA_BENCH"  # set in the process that measures: the folder that goes away with it


class Command(BaseCommand):
    help = "Measure starts, stops, grading and terminals against what they are compared with. The last line is JSON."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--runs", type=int, default=5, help="rounds, of which the medians are taken (5)")
        parser.add_argument("--keys", type=int, default=240, help="keys pressed in each terminal (240)")

    def handle(self, *args: Any, **options: Any) -> None:
        if os.environ.get(FOLDER) != str(settings.STATE_DIR):
            self.begin_anew()
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
        kept = {name: value for name, value in os.environ.items() if name not in OF_THE_SITE}
        own = {FOLDER: folder, "VAKA_STATE": folder, "VAKA_BIND": "127.0.0.1", "VAKA_GATEWAY_PORT": str(free_port())}
        os.execve(programs.python(), [*programs.manage(), *sys.argv[1:]], {**kept, **own})  # noqa: S606 — our own interpreter, fixed words


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
