"""``manage.py try_lab``: starts an author's lab on the engine, types into it and grades it. It needs no site and no database."""

import json
import logging
import os
import select
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from labs.engine.author_runs.answer_sets import grade_all, read_runs
from labs.engine.author_runs.author_run import AuthorRun
from labs.engine.author_runs.regrading import regrade_on_change
from labs.engine.author_runs.report import GradedRun, matrix, report
from labs.engine.authoring.answer_folders import Lines
from labs.engine.authoring.lab_folders import find_lab_folder
from labs.engine.definition.spec import Lab
from labs.engine.errors import EngineError, LabFailed, TookTooLong
from labs.engine.proof.parallel import Capacity
from labs.engine.runtime.memory_limit import memory_limit_mb
from labs.engine.runtime.runner import Runner, runner
from labs.engine.shared import pace
from labs.typed_yaml.authoring_errors import AuthoringError, AuthoringErrors
from vaka.unbuffered_command import UnbufferedCommand

COULD_NOT_RUN = 2
START_SECONDS = pace.seconds(120.0)


class Command(UnbufferedCommand):
    help = (
        "Start a lab, type its solution or a folder of answers into it, wait until it has converged, grade it, and remove it. "
        "The exit status is 0 at full score, 1 below, and 2 if the lab could not run. "
        "With -v 2, show what the terminals answered to every line."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("lab", help="the folder of a lab, or the id of a lab in the catalog")
        typed = parser.add_mutually_exclusive_group()
        typed.add_argument("--solve", action="store_true", help="type the lab's own solution")
        typed.add_argument("--answers", type=Path, metavar="DIR", help="type the lines of DIR/NODE.sh on each node")
        typed.add_argument(
            "--answers-all",
            type=Path,
            metavar="DIR",
            help="grade each folder of answers in DIR (DIR/NAME/NODE.sh), and print one table; the exit status is 0 if all "
            "could be graded",
        )
        parser.add_argument(
            "--run",
            action="append",
            default=[],
            metavar="'NODE: COMMAND'",
            help="before the grading, run a command on a node and print its output; can be given several times",
        )
        parser.add_argument(
            "--seed",
            type=int,
            default=0,
            help="the seed of the parameters' values (default: 0, the author's own values)",
        )
        parser.add_argument(
            "--watch", action="store_true", help="keep the lab, and grade it again when a file or the network changes"
        )
        parser.add_argument("--json", action="store_true", help="print one line of JSON for each grading")

    def handle(self, *args: Any, **options: Any) -> None:
        self.as_json: bool = options["json"]
        self.every_answer: bool = options["verbosity"] > 1
        self.told: Sequence[AuthoringError] = ()
        logging.getLogger("labs.engine").setLevel(logging.WARNING)
        # A shell script ignores Ctrl-C for the commands that it starts in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number in (signal.SIGTERM, signal.SIGHUP):  # an exception, so that the lab is removed
            signal.signal(number, lambda number, frame: sys.exit(128 + number))
        try:
            folder = find_lab_folder(options["lab"], Path(settings.LAB_CATALOG))
            if options["answers_all"]:
                self._answers_all(folder, options["seed"], options["answers_all"])
                return
            more = {"solve": options["solve"], "answers": options["answers"], "commands": options["run"]}
            run = AuthorRun(folder, options["seed"], **more)
            lab_and_lines = run.read()
            self._tell_unfinished(run)
            with runner() as labs:
                labs.engine.check()
                graded = self._run(labs, run, *lab_and_lines, watch=options["watch"])
        except AuthoringErrors as wrong:
            raise self._could_not_run(str(wrong)) from wrong
        except EngineError as error:
            raise self._could_not_run(_explained(error)) from error
        except KeyboardInterrupt:
            if options["watch"]:
                return  # Ctrl-C is the way to end --watch
            raise
        if not graded.is_full:
            sys.exit(COULD_NOT_RUN if graded.could_be_full else 1)

    def _answers_all(self, folder: Path, seed: int, root: Path) -> None:
        """Grade all sets of answers, and print their table."""
        runs = read_runs(folder, seed, root)
        self.say(f"Grading {len(runs)} sets of answers …")
        done = grade_all(runs, _capacity(), on_done=lambda name: self.say(f"  {name} is graded"))
        if self.as_json:
            for name, one in done.items():
                said = one.as_json() if isinstance(one, GradedRun) else {"error": str(one)}
                self.stdout.write(json.dumps({"answers": name, **said}, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(matrix(done)))
        if any(not isinstance(one, GradedRun) or one.unknown for one in done.values()):
            sys.exit(COULD_NOT_RUN)

    def _could_not_run(self, why: str) -> CommandError:
        if self.as_json:
            self.stdout.write(json.dumps({"error": why}))
        return CommandError(why, returncode=COULD_NOT_RUN)

    def _run(self, labs: Runner, run: AuthorRun, lab: Lab, lines: Lines, *, watch: bool) -> GradedRun:
        def tell(graded: GradedRun) -> None:
            self._tell_graded(graded)
            self._tell_unfinished(run)

        while True:
            self._tell_unfinished(run)
            self.say(f"Starting {lab.id} …")
            began = time.monotonic()
            try:
                with labs.running(lab, seconds=START_SECONDS) as session:
                    graded = run.type_and_grade(session, lab, lines, time.monotonic() - began)
                    tell(graded)
                    if not watch:
                        return graded
                    self.say(_instructions(labs.relay, session.session, lab))
                    lab, lines = regrade_on_change(run, session, graded, lines, tell, self._complain, _Enter())
            except (
                LabFailed,
                TookTooLong,
            ) as error:  # as a rule a mistake in the lab: wait for its author to correct it
                if not watch:
                    raise
                self.say(f"{_explained(error)}\nThe lab starts again when one of its files changes.")
                lab, lines = run.read_when_corrected(self._complain)
            self.say("The network or the lines to type have changed. The lab starts again.")

    def _complain(self, wrong: AuthoringErrors) -> None:
        self.say(str(wrong))

    def _tell_unfinished(self, run: AuthorRun) -> None:
        """Say what is missing or wrong and does not keep the lab from running, once."""
        if run.unfinished and run.unfinished != self.told:
            self.say(
                "\n".join([*map(str, run.unfinished), "The lab runs without it, but a site does not offer it yet."])
            )
        self.told = run.unfinished

    def _tell_graded(self, graded: GradedRun) -> None:
        if self.as_json:
            self.tell(json.dumps(graded.as_json(), ensure_ascii=False))
        else:
            self.tell("\n".join(report(graded, every_answer=self.every_answer)))


def _explained(error: EngineError) -> str:
    """Return the error's text, and what else may be the reason if a lab did not do something in time."""
    busy, cores = os.getloadavg()[0], os.cpu_count() or 1
    if not isinstance(error, LabFailed | TookTooLong) or busy <= 2 * cores:
        return str(error)
    return f"{error}\nThis server is busy (load {busy:.0f}, {cores} cores), which may be the reason. Try again when it is not."


def _capacity() -> Capacity:
    """Return what this server has for labs. Without a database, each lab counts with its limit."""
    return Capacity(settings.LAB_MEMORY_MB << 20, int(settings.LAB_CORES), lambda lab: memory_limit_mb(lab) << 20)


def _instructions(relay: Path, session: str, lab: Lab) -> str:
    console = f"{sys.executable} -m labs.engine.runtime.console {relay} {session}"
    rows = [f"  {console} {node.name}" for node in lab.nodes.values() if node.has_shell]
    consoles = "\n".join(["", "To type on a node, run its command in another terminal (Ctrl-] leaves it):", *rows])
    return f"{consoles}\nChanges are graded automatically. Enter: make all checks, as a learner does. Ctrl-C: end.\n"


class _Enter:
    """Tells whether the author has pressed Enter since the last call."""

    def __init__(self) -> None:
        self.open = not sys.stdin.closed

    def __call__(self) -> bool:
        if not self.open or not select.select([sys.stdin], [], [], 0)[0]:
            return False
        self.open = bool(sys.stdin.readline())  # empty: standard input has ended
        return self.open
