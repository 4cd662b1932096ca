"""``manage.py steady``: grades labs many times, and counts the verdicts that differ."""

import logging
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from labs.capacity.machine_capacity import machine_capacity
from labs.engine.authoring.lab_folders import labs_of
from labs.engine.errors import EngineError
from labs.engine.proof.parallel import parallel_runner
from labs.typed_yaml.authoring_errors import AuthoringErrors
from rigs.steady import repeated_grading
from rigs.steady.repeated_grading import CopyPlan, Grading, Steadiness
from vaka.unbuffered_command import UnbufferedCommand

COPIES_PER_CORE = 10  # they wait nearly all the time, until the seconds of a check have passed


class Command(UnbufferedCommand):
    help = "Grade each lab many times, untouched and solved, and count the verdicts that differ from the others."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "labs", nargs="*", metavar="LAB", help="ids or folders of labs (default: all labs of the site)"
        )
        parser.add_argument(
            "--gradings",
            type=int,
            default=repeated_grading.GRADINGS,
            help="gradings of each lab in each state (default: 200)",
        )
        parser.add_argument(
            "--starts", type=int, default=repeated_grading.STARTS, help="fresh copies of each lab (default: 20)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # so that the labs are removed
        logging.getLogger("labs").setLevel(logging.ERROR)
        try:
            labs = labs_of(options["labs"], Path(settings.LAB_CATALOG))
            found = {lab.id: Steadiness(lab.id) for lab in labs}
            plans = [
                one for lab in labs for one in repeated_grading.copies(lab, options["gradings"], options["starts"])
            ]
            with parallel_runner(machine_capacity(COPIES_PER_CORE)) as runner:
                for plan, gradings in runner.run_all(plans, lambda plan: repeated_grading.run(plan, runner)):
                    found[plan.lab.id].gradings += gradings
                    self._tell_copy(plan, gradings)
        except (EngineError, AuthoringErrors) as error:
            raise CommandError(str(error)) from error
        for one in found.values():
            self._tell_lab(one)
        every, false = repeated_grading.totals(list(found.values()))
        self.tell(f"{every} gradings, {false} false")
        if false:
            sys.exit(1)

    def _tell_copy(self, plan: CopyPlan, gradings: Sequence[Grading]) -> None:
        """Tell of a copy that was graded. Only the false verdicts of the solved lab are known before the end."""
        false = Steadiness(plan.lab.id, [one for one in gradings if one.state == "solved"]).false()
        self.tell(f"{plan.lab.id:<24} seed {plan.lab.seed:<3} {len(gradings)} gradings, solved {len(false)} false")
        for _grading, why in false:
            self.tell(f"  {why}")

    def _tell_lab(self, one: Steadiness) -> None:
        false = one.false()
        self.tell(f"{one.lab}: {len(one.gradings)} gradings, {len(false)} false, {one.unknown} with an unknown")
        for grading, why in false:
            self.tell(f"  {grading.state}: {why}")
