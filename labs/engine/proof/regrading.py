"""Stands by a lab that an author works on: grades again when the network or the lab's files change."""

import time
from collections.abc import Callable, Sequence

from labs.engine.definition.spec import Lab
from labs.engine.errors import TookTooLong
from labs.engine.grading.grading import ON_ASKING, Verdict, grade
from labs.engine.proof.author_run import Lines, Tried, Try
from labs.engine.runtime.client import Session, describe
from labs.engine.runtime.conversation import Conversation
from labs.typed_yaml.errors import AuthoringErrors

AFTER = (0.5, 2.0, 6.0)  # seconds after the last change at which we look: a protocol may take a moment and tell nothing
TICK = 0.2


def stand_by(
    trial: Try,
    session: Session,
    tried: Tried,
    lines: Lines,
    tell: Callable[[Tried], None],
    complain: Callable[[AuthoringErrors], None],
    asked: Callable[[], bool],
) -> tuple[Lab, Lines]:
    """Tell of each pass of the grader that brought news, until the lab must start anew; what it is then, and what is typed.

    A look follows a change by itself, and disturbs nothing; an attempt is made when somebody has ``asked``.
    """
    stamp, due = trial.stamp(), list[float]()
    with session.watch() as watch:
        while True:
            attempt = asked()
            if _has_changed(watch):
                due = [time.monotonic() + after for after in AFTER]
            if (now := trial.stamp()) != stamp:
                stamp = now
                try:
                    lab, typed = trial.read()
                except AuthoringErrors as wrong:
                    complain(wrong)
                else:
                    if (describe(lab), typed) != (describe(tried.lab), lines):
                        return lab, typed
                    tried = Tried(lab, _of(lab, tried.verdicts), tried.seconds)
                    attempt = True
            if attempt or (due and due[0] <= time.monotonic()):
                due = [at for at in due if at > time.monotonic()]
                tried = _grade_again(session, tried, attempt=attempt, tell=tell)


def _has_changed(watch: Conversation) -> bool:
    try:
        frame = watch.receive(TICK)
    except TookTooLong:
        return False
    return bool(frame and "changed" in frame.json())


def _grade_again(session: Session, tried: Tried, *, attempt: bool, tell: Callable[[Tried], None]) -> Tried:
    began = time.monotonic()
    made = grade(tried.lab, session, attempt=attempt)
    before = {one.check: one for one in tried.verdicts}
    kept = [before.get(one.check, one) if one.seen.msgid == ON_ASKING else one for one in made]
    again = Tried(tried.lab, kept, {"graded": round(time.monotonic() - began, 2)})
    if attempt or _said(kept) != _said(tried.verdicts):
        tell(again)
    return again


def _said(verdicts: Sequence[Verdict]) -> list[tuple[str, str, str]]:
    return [(one.check, one.outcome, str(one.seen)) for one in verdicts]


def _of(lab: Lab, verdicts: Sequence[Verdict]) -> list[Verdict]:
    ids = {check.id for check in lab.checks()}
    return [one for one in verdicts if one.check in ids]
