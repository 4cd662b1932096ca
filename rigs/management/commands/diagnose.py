import signal
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labs.engine.errors import EngineError
from labs.engine.runtime.runner import runner
from rigs.diagnose.injection import InjectionResult, inject_into
from rigs.diagnose.networks import all_networks


class Command(BaseCommand):
    help = "Inject each fault of the library into running networks, and compare the cause that the diagnosis names."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("words", nargs="*", help="inject only faults whose entry contains one of these words")

    def handle(self, *args: Any, words: list[str], **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # an exception, so that the labs are removed
        began = time.monotonic()
        try:
            with runner() as labs:
                results = inject_into(labs, all_networks(), self.tell, words)
        except EngineError as error:
            raise CommandError(str(error)) from error
        right = sum(result.is_right for result in results)
        self.stdout.write(f"\n{time.monotonic() - began:.0f} s")
        self.stdout.write(f"{len(results)} faults, {right} named correctly")
        if right < len(results):
            sys.exit(1)

    def tell(self, result: InjectionResult) -> None:
        """Print one line: the fault and its place, its cause, the cause that was named, and what a learner reads."""
        word = "right" if result.is_right else "WRONG"
        cause, named = result.placed[0].cause or "(none)", result.named or "(unknown)"
        self.stdout.write(f"{word:6}{result.key:46} {cause:18} {named:18} {result.report}")
