import signal
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labs.engine.errors import EngineError
from labs.engine.faults import rig, trying
from labs.engine.workbench import workbench


class Command(BaseCommand):
    help = "Put each fault of the library into a real network, and compare the cause that is named with the real one."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # so that the lab is removed
        began, network = time.monotonic(), rig.pair()
        try:
            with workbench() as bench, bench.running(network.lab) as session:
                tried = trying.try_all(session, network, self.tell)
        except EngineError as error:
            raise CommandError(str(error)) from error
        right = sum(one.right for one in tried)
        self.stdout.write(f"\n{time.monotonic() - began:.0f} s")
        self.stdout.write(f"{len(tried)} faults, {right} named right")
        if right < len(tried):
            sys.exit(1)

    def tell(self, tried: trying.Tried) -> None:
        """One line: the fault, where it was put in, right or wrong, and what a learner reads."""
        word = "right" if tried.right else "WRONG" if tried.named else "unknown"
        self.stdout.write(f"{tried.placed.key:40}{word:9}{tried.said}")
