"""``manage.py try_lab``: an author's lab on the engine, typed into and graded. Neither a site nor a database is needed."""

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
from labs.engine.proof.author_run import Lines, Tried, Try, folder_of
from labs.engine.proof.regrading import stand_by
from labs.engine.runtime.runner import Runner, runner
from labs.engine.shared import pace
from labs.typed_yaml.errors import AuthoringErrors

COULD_NOT_RUN = 2
START_SECONDS = pace.seconds(120.0)


class Command(BaseCommand):
    help = (
        "Start a lab, type its solution or a folder of answers into it, grade it, and end it. "
        "The exit status is 0 at full score, 1 below, 2 where it could not run."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("lab", help="the folder of a lab, anywhere, or the id of one in the catalog")
        typed = parser.add_mutually_exclusive_group()
        typed.add_argument("--solve", action="store_true", help="type the lab's own solution")
        typed.add_argument("--answers", type=Path, metavar="DIR", help="type DIR/NODE.sh on each node, line by line")
        parser.add_argument("--seed", type=int, default=0, help="whose numbers (0, the author's own, if left out)")
        parser.add_argument("--watch", action="store_true", help="stay, and grade again when files or network change")
        parser.add_argument("--json", action="store_true", help="print JSON: one line for each grading")

    def handle(self, *args: Any, **options: Any) -> None:
        self.as_json: bool = options["json"]
        logging.getLogger("labs.engine").setLevel(logging.WARNING)
        # Whom a script starts in its background has Ctrl-C ignored, and could not be ended by it
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number in (signal.SIGTERM, signal.SIGHUP):  # so that the lab is removed
            signal.signal(number, lambda number, frame: sys.exit(128 + number))
        try:
            folder = folder_of(options["lab"], Path(settings.LAB_CATALOG))
            trial = Try(folder, options["seed"], solve=options["solve"], answered=options["answers"])
            lab_and_lines = trial.read()
            with runner() as bench:
                bench.engine.check()
                tried = self._try(bench, trial, *lab_and_lines, watch=options["watch"])
        except AuthoringErrors as wrong:
            raise self._could_not_run(str(wrong)) from wrong
        except EngineError as error:
            raise self._could_not_run(str(error)) from error
        except KeyboardInterrupt:
            if options["watch"]:
                return  # that is how one ends it
            raise
        if not tried.is_full:
            sys.exit(COULD_NOT_RUN if tried.could_be_full else 1)

    def _could_not_run(self, why: str) -> CommandError:
        if self.as_json:
            self.stdout.write(json.dumps({"error": why}))
        return CommandError(why, returncode=COULD_NOT_RUN)

    def _try(self, bench: Runner, trial: Try, lab: Lab, lines: Lines, *, watch: bool) -> Tried:
        while True:
            self._say(f"Starting {lab.id} …")
            began = time.monotonic()
            try:
                with bench.running(lab, seconds=START_SECONDS) as session:
                    tried = trial.once(session, lab, lines, time.monotonic() - began)
                    self._tell(tried)
                    if not watch:
                        return tried
                    self._say(_invitation(bench.relay, session.session, tried))
                    lab, lines = stand_by(trial, session, tried, lines, self._tell, self._complain, _Enter())
            except (LabFailed, TookTooLong) as error:  # of the author's making, as a rule: he mends it, and we go on
                if not watch:
                    raise
                self._say(f"{error}\nIt is tried again when a file of the lab changes.")
                lab, lines = trial.mended(self._complain)
            self._say("The network or what is typed has changed: the lab starts anew.")

    def _say(self, text: str) -> None:
        """What is not the result goes aside, so that the result can go on to a program."""
        self.stderr.write(text)
        self.stderr.flush()

    def _complain(self, wrong: AuthoringErrors) -> None:
        self._say(str(wrong))

    def _tell(self, tried: Tried) -> None:
        if self.as_json:
            self.stdout.write(json.dumps(tried.as_json(), ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_report(tried)))
        self.stdout.flush()


def _report(tried: Tried) -> list[str]:
    took = ", ".join(f"{name} in {seconds:.1f} s" for name, seconds in tried.seconds.items())
    lines = ["", f"{tried.lab.title} (version {tried.lab.version}, seed {tried.lab.seed}): {took}"]
    verdicts = {one.check: one for one in tried.verdicts}
    for number, stage in enumerate(tried.lab.stages, 1):
        lines.append(f"\n{number}. {stage.title}")
        for check in stage.checks:
            lines += _about(check.title, verdicts[check.id])
    lines.append(f"\n{tried.points} of {tried.lab.points} points")
    if tried.unknown:
        lines.append(f"{tried.unknown} points are for what we could not look at; try again.")
    return lines


def _about(title: str, one: Verdict) -> list[str]:
    lines = [f"  {one.outcome:8} {one.points:3} of {one.out_of:3}  {title} ({one.check})"]
    if one.outcome is Outcome.PASSED:
        return lines
    said = {"Expected": one.expected, "Seen": one.seen, "Look yourself": _command(one), "Likely cause": one.cause or ""}
    return lines + [f"{'':23}{word + ':':15}{text}" for word, text in said.items() if str(text)]


def _command(one: Verdict) -> str:
    return f"on {one.node}: {one.command}" if one.command else ""


def _invitation(relay: Path, session: str, tried: Tried) -> str:
    console = f"{sys.executable} -m labs.engine.runtime.console {relay} {session}"
    rows = [f"  {console} {node.name}" for node in tried.lab.nodes.values() if node.has_shell]
    ways = "\n".join(["", "Type on a node, each in a terminal of its own (Ctrl-] leaves it):", *rows])
    return f"{ways}\nIt is looked at when something changes. Enter: check all, as a learner does. Ctrl-C: the end.\n"


class _Enter:
    """Whether somebody has pressed Enter here since we asked last."""

    def __init__(self) -> None:
        self.open = not sys.stdin.closed

    def __call__(self) -> bool:
        if not self.open or not select.select([sys.stdin], [], [], 0)[0]:
            return False
        self.open = bool(sys.stdin.readline())  # nothing: nobody is there to press
        return self.open
