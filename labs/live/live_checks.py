"""Looks that nobody asked for: what each check of a lab is now. They count for nothing and disturb nothing."""

import logging
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from django.utils import timezone

from labs import events
from labs.engine.definition.spec import Lab
from labs.engine.errors import EngineError, TooMuch
from labs.engine.grading.grading import grade, side_by_side
from labs.engine.runtime import budget, resource_use
from labs.lifecycle import worker
from labs.models import CheckStatus, Job, LabSession, State
from labs.registry import versions

logger = logging.getLogger(__name__)

CALM = timedelta(seconds=5)  # after an attempt that disturbed the network


class Looked(Enum):
    DONE = "done"
    STRAINED = "strained"  # done, and something is used up: look again before long, for it may pass without a word
    PUT_OFF = "put off"  # something else is done to the lab: look again a little later
    OVER = "over"  # the session does not run, or not any more


def groups(session_id: UUID) -> dict[str, list[str]] | None:
    """Return the checks of a session's lab that are looked at together; None if it does not run."""
    session = _running(session_id)
    lab = _lab(session) if session else None
    return side_by_side(lab) if lab else None


def look(
    session_id: UUID, checks: list[str], *, last: bool, changed: Callable[[LabSession], None] = lambda _: None
) -> Looked:
    """Look at some checks and write down what has ``changed``, which is then told. ``last``: none follows soon."""
    session = _running(session_id)
    lab = _lab(session) if session else None
    if session is None or lab is None:
        return Looked.OVER
    if _is_disturbed(session, lab):
        return Looked.PUT_OFF
    # What broke is explained when all has come to rest, not while somebody types.
    explains = CheckStatus.unexplained(session) if last else None
    with budget.of(session.pk) as reading:
        strained = _take_strain(session, reading.over())
        verdicts = grade(lab, worker.session_of(session), attempt=False, checks=checks, explains=explains)
        ends = worker.ends_of_links(session, lab)
        strained = strained or reading.over() is not None
    if session.job:  # it was asked for meanwhile; what we saw may be half of it
        return Looked.PUT_OFF
    still = _running(session_id)
    if still is None:
        return Looked.OVER
    if CheckStatus.take(still, verdicts, ended=last):
        changed(still)
    _take_ends(still, ends)
    return Looked.STRAINED if strained else Looked.DONE


def _take_strain(session: LabSession, too_much: TooMuch | None) -> bool:
    """Write down what is used up in the lab, if it is something else than before; whether there is anything.

    ``too_much``: we read no more of what it says.
    """
    try:
        found = [text.as_json() for text in resource_use.sentences(worker.session_of(session).strain())]
    except EngineError:
        return bool(session.strain)
    if too_much:
        found.insert(0, too_much.text.as_json())
    if _kinds(found) != _kinds(session.strain):  # numbers that move are no news
        LabSession.objects.filter(pk=session.pk, state=State.READY).update(strain=found)
        events.publish(session.pk, "look", at=timezone.now().isoformat(), changed=True)
    return bool(found)


def _kinds(sentences: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(str(one["msgid"]), str(one["params"].get("node", ""))) for one in sentences]


def _take_ends(session: LabSession, ends: dict[str, str]) -> None:
    """Write down how the cables are now, if it is news. What we could not look at is no news."""
    news = session.ends | ends
    if news == session.ends:
        return
    LabSession.objects.filter(pk=session.pk, state=State.READY).update(ends=news)
    events.publish(session.pk, "look", at=timezone.now().isoformat(), changed=True)


def _running(session_id: UUID) -> LabSession | None:
    return LabSession.objects.filter(pk=session_id, state=State.READY).first()


def _lab(session: LabSession) -> Lab | None:
    try:
        return versions.of(session)
    except versions.NoSuchLab:
        logger.warning("%s cannot be looked at: its version of the lab is not here any more.", session)
        return None


def _is_disturbed(session: LabSession, lab: Lab) -> bool:
    last = session.jobs.first()
    if last is None or last.ended_at is None:
        return last is not None
    stirred = last.kind == Job.Kind.ATTEMPT and any(check.do for check in lab.checks())
    return stirred and timezone.now() - last.ended_at < CALM
