"""The copy of a lab that runs beside a preview. One thread starts, grades and removes it, as its author's buttons ask."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from enum import StrEnum

from labs.engine.author_runs.report import GradedRun
from labs.engine.author_runs.terminal_outputs import Answer, type_and_listen
from labs.engine.definition import solution
from labs.engine.definition.spec import Lab
from labs.engine.errors import EngineError
from labs.engine.grading.grading import grade
from labs.engine.runtime.client import LabClient, describe
from labs.engine.runtime.convergence import wait_before_grading
from labs.engine.runtime.runner import Runner
from labs.engine.shared import pace
from labs.typed_yaml.authoring_errors import AuthoringErrors

START_SECONDS = pace.seconds(120.0)
NOT_THE_SAME = "The network of the lab has changed since it was started. Stop it, and start it again."


class Wish(StrEnum):
    """The wish of an author who pressed a button."""

    START = "start"
    SOLVE = "solve"  # start, and type the solution
    GRADE = "grade"
    STOP = "stop"


class CopyState(StrEnum):
    STOPPED = "stopped"
    STARTING = "starting"
    TYPING = "typing"
    RUNNING = "running"
    GRADING = "grading"


class PreviewCopy:
    """READ returns the lab as its files are now; it raises AuthoringErrors."""

    def __init__(self, labs: Runner, read: Callable[[], Lab]) -> None:
        self.labs, self.read = labs, read
        self.state = CopyState.STOPPED
        self.session = ""  # the id of the running session
        self.graded: GradedRun | None = None
        self.answers: Sequence[Answer] = ()  # to the lines of the solution
        self.error = ""
        self._wishes: queue.Queue[Wish | None] = queue.Queue()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def ask(self, wish: Wish) -> None:
        """Do this as soon as what was asked before is done. A wish that makes no sense now is ignored."""
        self._wishes.put(wish)

    def end(self) -> None:
        """Remove the copy, and wait until that is done."""
        self._wishes.put(None)
        self._thread.join()

    def _serve(self) -> None:
        wish = self._wishes.get()
        while wish is not None:
            left: Wish | None = Wish.STOP
            if wish in (Wish.START, Wish.SOLVE):
                self.error, self.graded, self.answers = "", None, ()
                try:
                    left = self._run(solve=wish is Wish.SOLVE)
                except (EngineError, AuthoringErrors) as error:
                    self.error = str(error)
                self.state, self.session = CopyState.STOPPED, ""
            wish = None if left is None else self._wishes.get()

    def _run(self, *, solve: bool) -> Wish | None:
        """Run a copy until STOP, or None to end, is asked for, and return that."""
        self.state = CopyState.STARTING
        lab = self.read()
        self.labs.engine.check()
        with self.labs.running(lab, seconds=START_SECONDS) as client:
            if solve:
                self.state = CopyState.TYPING
                self.answers = type_and_listen(client, solution.typed(lab))
            self.session, self.state = client.session, CopyState.RUNNING
            while (wish := self._wishes.get()) not in (Wish.STOP, None):
                if wish is Wish.GRADE:
                    self.state = CopyState.GRADING
                    self._grade(client, lab)
                    self.state = CopyState.RUNNING
        return wish

    def _grade(self, client: LabClient, started: Lab) -> None:
        """Grade the copy by the checks as they are saved now."""
        self.error = ""
        try:
            lab = self.read()
        except AuthoringErrors as error:
            self.error = str(error)
            return
        if describe(lab) != describe(started):
            self.error = NOT_THE_SAME
            return
        not_converged = wait_before_grading(lab, client)
        began = time.monotonic()
        verdicts = grade(lab, client, attempt=True)
        took = {"graded": round(time.monotonic() - began, 2)}
        self.graded = GradedRun(lab, verdicts, took, answers=self.answers, not_converged=not_converged)
