import logging
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labs.capacity.proving import capacity, labs_of
from labs.engine.authoring.parse import LabErrors
from labs.engine.errors import EngineError
from labs.engine.proof.side_by_side import yard
from rigs.steady import steady
from rigs.steady.steady import Grading, Start, Steadiness

A_CORE = 10  # copies for each core: nearly all of the time they wait for a check's seconds to be over


class Command(BaseCommand):
    help = "Grade each lab many times, untouched and solved, and count the verdicts that are not as the others."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "labs", nargs="*", metavar="LAB", help="ids or folders of labs; all of the site's if left out"
        )
        parser.add_argument("--gradings", type=int, default=steady.GRADINGS, help="of each lab in each state (200)")
        parser.add_argument("--starts", type=int, default=steady.STARTS, help="fresh copies of each lab (20)")

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # so that the labs are removed
        logging.getLogger("labs").setLevel(logging.ERROR)
        try:
            labs = labs_of(options["labs"])
            found = {lab.id: Steadiness(lab.id) for lab in labs}
            jobs = [one for lab in labs for one in steady.starts(lab, options["gradings"], options["starts"])]
            with yard(capacity(A_CORE)) as opened:
                for start, gradings in opened.all(jobs, lambda start: steady.run(start, opened)):
                    found[start.lab.id].gradings += gradings
                    self._tell_start(start, gradings)
        except (EngineError, LabErrors) as error:
            raise CommandError(str(error)) from error
        for one in found.values():
            self._tell_lab(one)
        every, false = steady.sum_of(list(found.values()))
        self.stdout.write(f"{every} gradings, {false} false")
        if false:
            sys.exit(1)

    def _tell_start(self, start: Start, gradings: Sequence[Grading]) -> None:
        """One copy has been graded. What is wrong when it was solved is known at once."""
        false = Steadiness(start.lab.id, [one for one in gradings if one.state == "solved"]).false()
        self.stdout.write(
            f"{start.lab.id:<24} seed {start.lab.seed:<3} {len(gradings)} gradings, solved {len(false)} false"
        )
        for _grading, why in false:
            self.stdout.write(f"  {why}")
        self.stdout.flush()

    def _tell_lab(self, one: Steadiness) -> None:
        false = one.false()
        self.stdout.write(f"{one.lab}: {len(one.gradings)} gradings, {len(false)} false, {one.unknown} with an unknown")
        for grading, why in false:
            self.stdout.write(f"  {grading.state}: {why}")
