"""Grades the lab that an author works on again, whenever its network or its files change."""

import time
from collections.abc import Callable, Sequence

from labs.engine.author_runs.author_run import AuthorRun
from labs.engine.author_runs.report import GradedRun
from labs.engine.authoring.answer_folders import Lines
from labs.engine.definition.spec import Lab
from labs.engine.errors import TookTooLong
from labs.engine.grading.grading import ON_ASKING, Verdict, grade
from labs.engine.runtime.client import LabClient, describe
from labs.engine.runtime.convergence import wait_before_grading
from labs.engine.runtime.conversation import Conversation
from labs.typed_yaml.authoring_errors import AuthoringErrors

# Seconds after the last change at which we grade: a protocol may change its state without a sign
AFTER = (0.5, 2.0, 6.0)
TICK = 0.2


def regrade_on_change(
    run: AuthorRun,
    client: LabClient,
    graded: GradedRun,
    lines: Lines,
    tell: Callable[[GradedRun], None],
    complain: Callable[[AuthoringErrors], None],
    asked: Callable[[], bool],
) -> tuple[Lab, Lines]:
    """Tell of each pass with a new verdict. When the lab must start again, return the lab and the lines as they are then.

    After a change only the checks that disturb nothing are made. All checks are made when ``asked`` says so.
    """
    files, due = run.file_states(), list[float]()
    with client.watch() as watch:
        while True:
            attempt = asked()
            if _has_changed(watch):
                due = [time.monotonic() + after for after in AFTER]
            if (now := run.file_states()) != files:
                files = now
                try:
                    lab, new_lines = run.read()
                except AuthoringErrors as wrong:
                    complain(wrong)
                else:
                    if (describe(lab), new_lines) != (describe(graded.lab), lines):
                        return lab, new_lines
                    graded = GradedRun(lab, _of(lab, graded.verdicts), graded.seconds)
                    attempt = True
            if attempt or (due and due[0] <= time.monotonic()):
                due = [at for at in due if at > time.monotonic()]
                graded = _grade_again(run, client, graded, attempt=attempt, tell=tell)


def _has_changed(watch: Conversation) -> bool:
    try:
        frame = watch.receive(TICK)
    except TookTooLong:
        return False
    return bool(frame and "changed" in frame.json())


def _grade_again(
    run: AuthorRun, client: LabClient, graded: GradedRun, *, attempt: bool, tell: Callable[[GradedRun], None]
) -> GradedRun:
    """Checks that are made only on request keep their verdict from before. An attempt waits until the lab has converged."""
    began = time.monotonic()
    not_converged = wait_before_grading(graded.lab, client) if attempt else []
    outputs = run.run_own_commands(client, graded.lab) if attempt else []
    verdicts = grade(graded.lab, client, attempt=attempt)
    before = {verdict.check: verdict for verdict in graded.verdicts}
    kept = [before.get(one.check, one) if one.seen.msgid == ON_ASKING else one for one in verdicts]
    seconds = {"graded": round(time.monotonic() - began, 2)}
    again = GradedRun(graded.lab, kept, seconds, outputs=outputs, not_converged=not_converged)
    if attempt or _shown(kept) != _shown(graded.verdicts):
        tell(again)
    return again


def _shown(verdicts: Sequence[Verdict]) -> list[tuple[str, str, str]]:
    return [(verdict.check, verdict.outcome, str(verdict.seen)) for verdict in verdicts]


def _of(lab: Lab, verdicts: Sequence[Verdict]) -> list[Verdict]:
    ids = {check.id for check in lab.checks()}
    return [verdict for verdict in verdicts if verdict.check in ids]
