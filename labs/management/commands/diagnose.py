import signal
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labs.engine import faults
from labs.engine.errors import EngineError
from labs.engine.workbench import workbench


class Command(BaseCommand):
    help = "Put each fault of the library into a real network, and compare the cause that is named with the real one."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # so that the lab is removed
        began, lab = time.monotonic(), faults.network()
        try:
            with workbench() as bench, bench.running(lab) as session:
                tried = faults.diagnose_all(session, lab, self.tell)
        except EngineError as error:
            raise CommandError(str(error)) from error
        right = sum(one.right for one in tried)
        self.stdout.write(f"\n{time.monotonic() - began:.0f} s")
        self.stdout.write(f"{len(tried)} faults, {right} named right")
        if right < len(tried):
            sys.exit(1)

    def tell(self, tried: faults.Tried) -> None:
        """One line: the fault, where it was put in, right or wrong, and what a learner reads."""
        fault = tried.fault
        word = "right" if tried.right else "WRONG" if tried.named else "unknown"
        self.stdout.write(f"{fault.cause:18}{fault.node:4}{word:9}{tried.said}")
