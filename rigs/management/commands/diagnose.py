import signal
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labs.engine.errors import EngineError
from labs.engine.runtime.runner import runner
from rigs.diagnose import injection, networks


class Command(BaseCommand):
    help = "Put each fault of the library into real networks, and compare the cause that is named with the real one."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("words", nargs="*", help="only faults whose place has one of these words")

    def handle(self, *args: Any, words: list[str], **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # so that the labs are removed
        began = time.monotonic()
        try:
            with runner() as bench:
                tried = injection.try_networks(bench, networks.every(), self.tell, words)
        except EngineError as error:
            raise CommandError(str(error)) from error
        right = sum(one.right for one in tried)
        self.stdout.write(f"\n{time.monotonic() - began:.0f} s")
        self.stdout.write(f"{len(tried)} faults, {right} named right")
        if right < len(tried):
            sys.exit(1)

    def tell(self, tried: injection.Tried) -> None:
        """One line: the fault and where it is, its cause and the one that was named, and what a learner reads."""
        word = "right" if tried.right else "WRONG"
        cause, named = tried.placed[0].cause or "(outside)", tried.named or "(not known)"
        self.stdout.write(f"{word:6}{tried.key:46} {cause:18} {named:18} {tried.said}")
