"""``manage.py try_lab``: starts an author's lab on the engine, types into it and grades it. It needs no site and no database."""

import json
import logging
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from labs.engine.definition.spec import Lab
from labs.engine.errors import EngineError, LabFailed, TookTooLong
from labs.engine.grading.grading import Outcome, Verdict
from labs.engine.proof.author_run import AuthorRun, GradedRun, Lines, find_lab_folder
from labs.engine.proof.regrading import regrade_on_change
from labs.engine.runtime.runner import Runner, runner
from labs.engine.shared import pace
from labs.typed_yaml.errors import AuthoringErrors

COULD_NOT_RUN = 2
START_SECONDS = pace.seconds(120.0)


class Command(BaseCommand):
    help = (
        "Start a lab, type its solution or a folder of answers into it, grade it, and remove it. "
        "The exit status is 0 at full score, 1 below, and 2 if the lab could not run."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("lab", help="the folder of a lab, or the id of a lab in the catalog")
        typed = parser.add_mutually_exclusive_group()
        typed.add_argument("--solve", action="store_true", help="type the lab's own solution")
        typed.add_argument("--answers", type=Path, metavar="DIR", help="type the lines of DIR/NODE.sh on each node")
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
        logging.getLogger("labs.engine").setLevel(logging.WARNING)
        # A shell script ignores Ctrl-C for the commands that it starts in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number in (signal.SIGTERM, signal.SIGHUP):  # an exception, so that the lab is removed
            signal.signal(number, lambda number, frame: sys.exit(128 + number))
        try:
            folder = find_lab_folder(options["lab"], Path(settings.LAB_CATALOG))
            run = AuthorRun(folder, options["seed"], solve=options["solve"], answers=options["answers"])
            lab_and_lines = run.read()
            with runner() as labs:
                labs.engine.check()
                graded = self._run(labs, run, *lab_and_lines, watch=options["watch"])
        except AuthoringErrors as wrong:
            raise self._could_not_run(str(wrong)) from wrong
        except EngineError as error:
            raise self._could_not_run(str(error)) from error
        except KeyboardInterrupt:
            if options["watch"]:
                return  # Ctrl-C is the way to end --watch
            raise
        if not graded.is_full:
            sys.exit(COULD_NOT_RUN if graded.could_be_full else 1)

    def _could_not_run(self, why: str) -> CommandError:
        if self.as_json:
            self.stdout.write(json.dumps({"error": why}))
        return CommandError(why, returncode=COULD_NOT_RUN)

    def _run(self, labs: Runner, run: AuthorRun, lab: Lab, lines: Lines, *, watch: bool) -> GradedRun:
        while True:
            self._say(f"Starting {lab.id} …")
            began = time.monotonic()
            try:
                with labs.running(lab, seconds=START_SECONDS) as session:
                    graded = run.type_and_grade(session, lab, lines, time.monotonic() - began)
                    self._tell(graded)
                    if not watch:
                        return graded
                    self._say(_instructions(labs.relay, session.session, lab))
                    lab, lines = regrade_on_change(run, session, graded, lines, self._tell, self._complain, _Enter())
            except (
                LabFailed,
                TookTooLong,
            ) as error:  # as a rule a mistake in the lab: wait for its author to correct it
                if not watch:
                    raise
                self._say(f"{error}\nThe lab starts again when one of its files changes.")
                lab, lines = run.read_when_corrected(self._complain)
            self._say("The network or the lines to type have changed. The lab starts again.")

    def _say(self, text: str) -> None:
        """Write to standard error; standard output carries the results only, for other programs."""
        self.stderr.write(text)
        self.stderr.flush()

    def _complain(self, wrong: AuthoringErrors) -> None:
        self._say(str(wrong))

    def _tell(self, graded: GradedRun) -> None:
        if self.as_json:
            self.stdout.write(json.dumps(graded.as_json(), ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_report(graded)))
        self.stdout.flush()


def _report(graded: GradedRun) -> list[str]:
    lab = graded.lab
    took = ", ".join(f"{phase} in {seconds:.1f} s" for phase, seconds in graded.seconds.items())
    lines = ["", f"{lab.title} (version {lab.version}, seed {lab.seed}): {took}"]
    verdicts = {verdict.check: verdict for verdict in graded.verdicts}
    for number, stage in enumerate(lab.stages, 1):
        lines.append(f"\n{number}. {stage.title}")
        for check in stage.checks:
            lines += _about(check.title, verdicts[check.id])
    lines.append(f"\n{graded.points} of {lab.points} points")
    if graded.unknown:
        lines.append(f"{graded.unknown} points belong to checks that could not be made. Try again.")
    return lines


def _about(title: str, one: Verdict) -> list[str]:
    lines = [f"  {one.outcome:8} {one.points:3} of {one.out_of:3}  {title} ({one.check})"]
    if one.outcome is Outcome.PASSED:
        return lines
    details = {
        "Expected": one.expected,
        "Seen": one.seen,
        "Look yourself": _command(one),
        "Likely cause": one.cause or "",
    }
    return lines + [f"{'':23}{word + ':':15}{text}" for word, text in details.items() if str(text)]


def _command(one: Verdict) -> str:
    return f"on {one.node}: {one.command}" if one.command else ""


def _instructions(relay: Path, session: str, lab: Lab) -> str:
    console = f"{sys.executable} -m labs.engine.runtime.console {relay} {session}"
    rows = [f"  {console} {node.name}" for node in lab.nodes.values() if node.has_shell]
    consoles = "\n".join(["", "To type on a node, run its command in another terminal (Ctrl-] leaves it):", *rows])
    return f"{consoles}\nChanges are graded automatically. Enter: make all checks, as a learner does. Ctrl-C: end.\n"


class _Enter:
    """Whether the author has pressed Enter since the last call."""

    def __init__(self) -> None:
        self.open = not sys.stdin.closed

    def __call__(self) -> bool:
        if not self.open or not select.select([sys.stdin], [], [], 0)[0]:
            return False
        self.open = bool(sys.stdin.readline())  # empty: standard input has ended
        return self.open
