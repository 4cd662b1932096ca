import signal
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labs.audit.attempt import Outcome
from labs.audit.families import ALL
from labs.audit.run import Result, audit
from labs.engine.errors import EngineError


class Command(BaseCommand):
    help = "Try to get out of a lab, or to harm what is beside it, in every way we know. Real labs are started and removed."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("families", nargs="*", help="words of family names; all families without any")

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # so that the labs are removed
        wanted = [
            family
            for family in ALL
            if not options["families"] or any(word in family.name for word in options["families"])
        ]
        began = time.monotonic()
        try:
            results = audit(wanted, self.tell)
        except EngineError as error:
            raise CommandError(str(error)) from error
        bad = [result for result in results if not result.good]
        shown = sum(1 for result in results if result.control)
        self.stdout.write(
            f"\n{len({result.family for result in results})} families, {shown} attempts shown by a control, "
            f"{time.monotonic() - began:.0f} s. What is left over: docs/threat-model.md"
        )
        for result in bad:
            self.stdout.write(f"LOOK AT {result.attempt.id}: {result.attempt.title}")
        refused = sum(1 for result in results if not result.outcome.through)
        self.stdout.write(f"{len(results)} tried, {refused} refused")
        if bad:
            sys.exit(1)

    def tell(self, result: Result) -> None:
        """One line: family, number, what was tried, the wall, the outcome, the control."""
        attempt = result.attempt
        outcome = "CAME THROUGH" if result.outcome.through else "refused"
        self.stdout.write(
            f"{result.family} | {attempt.id} | {attempt.title} | wall: {attempt.wall} | {outcome} ({result.outcome.said})"
            f" | control: {_control(result.control, attempt.control.name if attempt.control else '')}"
        )
        self.stdout.flush()


def _control(control: Outcome | None, wall: str) -> str:
    if control is None:
        return "none"
    if control.through:
        return f"shown, without {wall} ({control.said})"
    return f"NOT SHOWN, without {wall} ({control.said})"
