"""Live checks: they keep the page of a running lab up to date without being asked. They count for nothing and disturb nothing."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from django.utils import timezone

from labs import events
from labs.engine import budget
from labs.engine.definition.spec import Lab
from labs.engine.errors import EngineError, TooMuch
from labs.engine.grading.grading import grade
from labs.engine.grading.slow_asks import side_by_side
from labs.engine.runtime import exhausted_resources
from labs.engine.shared import pace
from labs.engine.translatable_text import Text
from labs.lifecycle import check_disturbance, check_statuses, lab_access
from labs.models import Exam, LabSession, State
from labs.registry import versions

logger = logging.getLogger(__name__)

CALM = timedelta(seconds=5)  # after an attempt that disturbed the network, nothing is looked at
UNDISTURBED = 1.0  # seconds in which we ask a lab nothing, to learn whether its own programs need so much CPU

_begun = Counter[UUID]()  # runs of this process that have begun in a session,
_ended = Counter[UUID]()  # and that have ended
_counting = threading.Lock()


class Result(Enum):
    DONE = "done"
    EXHAUSTED = "exhausted"  # done, and a resource is used up: run again soon, because its end may cause no event
    PUT_OFF = "put off"  # a job runs in the lab, or it recovers from one: run again a little later
    OVER = "over"  # the session does not run, or not any more


def groups(session_id: UUID) -> dict[str, list[str]] | None:
    """Return the checks of a session's lab that run together, by the name of their group; None if the session does not run."""
    session = _running(session_id)
    lab = _lab(session) if session else None
    return side_by_side(lab) if lab else None


def run(
    session_id: UUID,
    checks: list[str],
    *,
    last: bool,
    whole_lab: bool = True,
    changed: Callable[[LabSession], None] = lambda _: None,
) -> Result:
    """Run some checks, write what has changed, and call ``changed`` if anything has.

    ``last``: no run follows soon. ``whole_lab``: read the links and the used resources of the lab, too.
    """
    session = _running(session_id)
    lab = _lab(session) if session else None
    if session is None or lab is None:
        return Result.OVER
    disturbed = check_disturbance.disturbed_at(session, lab)
    if session.job or (disturbed and timedelta() <= timezone.now() - disturbed < CALM):
        return Result.PUT_OFF
    # A failure is diagnosed when the network has converged, not while somebody types
    explains = check_statuses.to_be_diagnosed(session) if last else None
    with budget.of(session.pk) as reading, _counted(session.pk):
        exhausted = whole_lab and _update_exhausted_resources(session, reading.over())
        verdicts = grade(lab, lab_access.client_of(session), attempt=False, checks=checks, explains=explains)
        ends = lab_access.read_link_states(session, lab) if whole_lab else {}
        exhausted = exhausted or reading.over() is not None
    if session.job:  # requested meanwhile: the checks may have seen its work half-done
        return Result.PUT_OFF
    if check_disturbance.is_on(disturbed) and check_statuses.takes_back(session, verdicts):
        return Result.PUT_OFF
    still = _running(session_id)
    if still is None:
        return Result.OVER
    if check_statuses.write(still, verdicts, last=last):
        changed(still)
    _update_ends(still, ends)
    return Result.EXHAUSTED if exhausted else Result.DONE


@contextmanager
def _counted(session_id: UUID) -> Iterator[None]:
    with _counting:
        _begun[session_id] += 1
    try:
        yield
    finally:
        with _counting:
            _ended[session_id] += 1
            if _begun[session_id] == _ended[session_id]:
                del _begun[session_id], _ended[session_id]


def _update_exhausted_resources(session: LabSession, too_much: TooMuch | None) -> bool:
    """Write which resources of the lab are used up, if that has changed. Return whether any is, or may be.

    ``too_much``: the lab sent more than is read of one lab.
    """
    try:
        texts, is_known = _exhausted_resources(session)
    except EngineError:
        return bool(session.exhausted_resources)
    found = [text.as_json() for text in texts]
    if too_much:
        found.insert(0, too_much.text.as_json())
    if _kinds(found) != _kinds(session.exhausted_resources):  # other numbers in the same sentences are no change
        LabSession.objects.filter(pk=session.pk, state=State.READY).update(exhausted_resources=found)
        events.publish(session.pk, "checks", at=timezone.now().isoformat(), changed=True)
    return bool(found) or not is_known


def _exhausted_resources(session: LabSession) -> tuple[list[Text], bool]:
    """Return the sentences, and whether we know whose CPU it was.

    The CPU that our own checks, resets and saves use in a lab counts as the lab's. So we say that a lab needs too much only after a
    second in which none of them ran. Where that cannot be known, what the page says of the CPU stays.
    """
    client = lab_access.client_of(session)
    texts = exhausted_resources.sentences(client.resource_use())
    if not any(map(_is_of_cpu, texts)):
        return texts, True
    begun = _begun[session.pk]
    if begun == _ended[session.pk] + 1 and not _is_worked_on(session):
        time.sleep(pace.seconds(UNDISTURBED))
        again = exhausted_resources.sentences(client.resource_use())
        if begun == _begun[session.pk] and not _is_worked_on(session):
            return again, True
    said = [Text.from_json(one) for one in session.exhausted_resources]
    return [*(one for one in texts if not _is_of_cpu(one)), *filter(_is_of_cpu, said)], False


def _is_of_cpu(text: Text) -> bool:
    return text.msgid == exhausted_resources.CPU


def _is_worked_on(session: LabSession) -> bool:
    """Whether the site checks, resets or saves the lab at this moment."""
    return session.job is not None or LabSession.objects.filter(pk=session.pk).exclude(saving_at=None).exists()


def _kinds(sentences: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(str(one["msgid"]), str(one["params"].get("node", ""))) for one in sentences]


def _update_ends(session: LabSession, ends: dict[str, str]) -> None:
    """Write the state of the links' ends if it has changed. Ends that could not be read keep their state."""
    updated = session.ends | ends
    if updated == session.ends:
        return
    LabSession.objects.filter(pk=session.pk, state=State.READY).update(ends=updated)
    events.publish(session.pk, "checks", at=timezone.now().isoformat(), changed=True)


def _running(session_id: UUID) -> LabSession | None:
    """Return the session if it runs. An exam gets no live checks."""
    return LabSession.objects.filter(pk=session_id, exam=Exam.NONE, state=State.READY).first()


def _lab(session: LabSession) -> Lab | None:
    try:
        return versions.of(session)
    except versions.NoSuchLab:
        logger.warning("%s gets no live checks: its version of the lab was not kept.", session)
        return None
