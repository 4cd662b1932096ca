"""``manage.py draft_checks``: drafts the checks and mutants of a lab from its solved network."""

import logging
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from labs.capacity.machine_capacity import machine_capacity
from labs.engine.authoring.lab_folders import find_lab_folder
from labs.engine.drafting import lab_without_checks
from labs.engine.drafting.drafting import CannotDraft, draft
from labs.engine.drafting.lab_without_checks import Unchecked
from labs.engine.drafting.report import report
from labs.engine.drafting.solving_by_hand import SolvedAlready, solve
from labs.engine.errors import EngineError
from labs.engine.proof.parallel import ParallelRunner, parallel_runner
from labs.typed_yaml.authoring_errors import AuthoringErrors
from vaka.unbuffered_command import UnbufferedCommand

BESIDE = "lab.draft.yaml"


class Command(UnbufferedCommand):
    help = (
        "Solve a lab, compare its network before and after, and draft stages, checks, hints and mutants. The draft is "
        f"written into lab.yaml if that has no checks, otherwise into {BESIDE} beside it."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "lab", help="the folder of a lab, or the id of a lab in the catalog; it need not have checks"
        )
        parser.add_argument(
            "--replace", action="store_true", help="write the draft into lab.yaml even if it has checks already"
        )

        parser.add_argument(
            "--by-hand",
            action="store_true",
            help="solve the lab yourself, in terminals that this command opens; it then writes solution/NODE.sh too",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        logging.getLogger("labs").setLevel(logging.ERROR)
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # an exception, so that the labs are removed
        began = time.monotonic()
        try:
            lab = lab_without_checks.read(find_lab_folder(options["lab"], Path(settings.LAB_CATALOG)))
            with parallel_runner(machine_capacity()) as runner:
                if options["by_hand"]:
                    self._solve(lab, runner)
                    lab = lab_without_checks.read(lab.folder)
                made = draft(lab, runner, self.say)
        except (AuthoringErrors, EngineError, CannotDraft, SolvedAlready) as error:
            raise CommandError(str(error)) from error
        except (EOFError, KeyboardInterrupt) as error:
            raise CommandError("Ended. Nothing was written.") from error
        file = lab.folder / (lab_without_checks.LAB_FILE if options["replace"] or not lab.checks else BESIDE)
        file.write_text(made.text, encoding="utf-8")
        if not (guide := lab.folder / lab_without_checks.GUIDE).is_file():
            guide.write_text(lab_without_checks.guide(lab), encoding="utf-8")
            self.stdout.write(f"Written too, for you to fill: {guide}")
        self.stdout.write("\n".join(report(made, lab)))
        minutes = (time.monotonic() - began) / 60
        self.stdout.write(f"\nWritten to {file} in {minutes:.1f} minutes. Read it, keep what matters, and prove it:")
        self.stdout.write(f"manage.py check_labs --live {options['lab']}")

    def _solve(self, lab: Unchecked, runner: ParallelRunner) -> None:
        def open_terminal(session: str, node: str) -> None:
            self.say(f"Ctrl-] leaves the terminal of {node}.")
            console = [sys.executable, "-m", "labs.engine.runtime.console", str(runner.runner.relay), session, node]
            subprocess.run(console, check=False)

        for file in solve(lab, runner, input, open_terminal, self.say):
            self.say(f"Written: {file}")
