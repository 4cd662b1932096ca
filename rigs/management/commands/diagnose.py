"""``manage.py diagnose``: injects faults with ``rigs.diagnose``, and compares the causes that are named."""

import logging
import math
import signal
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from labs.capacity.machine_capacity import machine_capacity
from labs.engine.authoring.lab_folders import labs_of
from labs.engine.errors import EngineError
from labs.engine.runtime.runner import runner
from labs.typed_yaml.authoring_errors import AuthoringErrors
from rigs.diagnose import fault_set
from rigs.diagnose.generated_run import GeneratedRun, list_faults, wanted_trials
from rigs.diagnose.injection import InjectionResult, inject_into
from rigs.diagnose.labs.all_labs import all_labs
from rigs.diagnose.networks import all_networks
from vaka.unbuffered_command import UnbufferedCommand

SETS = ("library", "generated", "answers")


class Command(UnbufferedCommand):
    help = "Inject faults into networks, and compare what a learner reads: those of the library, generated ones, other answers."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("words", nargs="*", help="inject only faults whose entry or id contains one of these words")
        parser.add_argument("--set", choices=SETS, help="only this set of faults (default: all)")
        parser.add_argument(
            "--minutes",
            type=float,
            default=math.inf,
            help="start no trial of a generated fault after this many minutes",
        )
        parser.add_argument(
            "--most", type=int, default=fault_set.MOST, help="the largest number of generated faults for each lab"
        )
        parser.add_argument(
            "--seen-only", action="store_true", help="only the half of the generated faults that developers may look at"
        )
        parser.add_argument("--list", action="store_true", help="print the generated faults, and start nothing")

    def handle(self, *args: Any, words: list[str], **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # an exception, so that the labs are removed
        logging.getLogger("labs").setLevel(logging.ERROR)
        good = True
        try:
            if options["set"] in (None, "library") and not options["list"]:
                good = self.inject_library(words)
            for name in ("generated", "answers"):
                if options["set"] in (None, name):
                    good = self.inject_generated(words, options, answers=name == "answers") and good
        except (EngineError, AuthoringErrors) as error:
            raise CommandError(str(error)) from error
        if not good:
            sys.exit(1)

    def inject_library(self, words: list[str]) -> bool:
        """Return whether all faults were named correctly."""
        began = time.monotonic()
        with runner() as labs:
            results = inject_into(labs, all_networks(), self.tell_result, words)
        right = sum(result.is_right for result in results)
        self.tell(f"\n{time.monotonic() - began:.0f} s")
        self.tell(f"{len(results)} faults, {right} named correctly")
        return right == len(results)

    def inject_generated(self, words: list[str], options: dict[str, Any], *, answers: bool) -> bool:
        """Return whether few enough were named wrong, and nothing without a fault. ``answers``: into other right answers."""
        began = time.monotonic()
        labs = [*labs_of([], Path(settings.LAB_CATALOG)), *all_labs()]
        wanted = wanted_trials(labs, words, most=options["most"], seen_only=options["seen_only"], answers=answers)
        if options["list"]:
            list_faults(wanted, self.tell)
            return True
        run = GeneratedRun(self.tell, began + options["minutes"] * 60)
        try:
            run.run(labs, wanted, machine_capacity(), answers=answers)
        finally:  # a run that is ended tells what it has seen
            run.tell_all(time.monotonic() - began)
        return run.is_good

    def tell_result(self, result: InjectionResult) -> None:
        """Print one line: the fault and its place, its cause, the cause that was named, and what a learner reads."""
        word = "right" if result.is_right else "WRONG"
        cause, named = result.placed[0].cause or "(none)", result.named or "(unknown)"
        self.tell(f"{word:6}{result.key:46} {cause:18} {named:18} {result.report}")
