"""Live checks: they keep the page of a running lab up to date by themselves. They give no points and disturb nothing."""

import logging
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from uuid import UUID

from django.utils import timezone

from labs import events
from labs.engine import cpu_budget
from labs.engine.definition.spec import Lab
from labs.engine.grading.grading import grade
from labs.engine.grading.slow_asks import side_by_side
from labs.lifecycle import check_rush, check_statuses, lab_access, network_recovery
from labs.live import exhausted_resources
from labs.models import Exam, LabSession, State
from labs.registry import versions

logger = logging.getLogger(__name__)

CALM = timedelta(seconds=5)  # after an attempt that disturbed the network, nothing is looked at


class Result(Enum):
    DONE = "done"
    EXHAUSTED = "exhausted"  # done, and a resource is used up: run again soon, because its end may cause no event
    SETTLES = "settles"  # done, and a pass has just ended, which may come back by itself: run again soon
    PUT_OFF = "put off"  # a job runs in the lab: run again a little later
    RUSH = "rush"  # many wait for a check: run again a little later
    RECOVERS = "recovers"  # the network recovers from a job: run again a little later, or at once after a change
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
    patient: bool = False,
    changed: Callable[[LabSession], None] = lambda _: None,
) -> Result:
    """Run CHECKS and write what has changed. Call ``changed`` if something was written.

    ``last``: no run follows soon. ``whole_lab``: read the links and the used resources of the lab, too. ``patient``: run nothing
    while many people wait for a check.
    """
    if patient and check_rush.is_on():
        return Result.RUSH
    session = _running(session_id)
    lab = _lab(session) if session else None
    if session is None or lab is None:
        return Result.OVER
    newest = session.newest_job
    if newest and newest.ended_at is None:
        return Result.PUT_OFF
    disturbed = network_recovery.disturbed_at(session, lab)
    if network_recovery.may_recover(session, disturbed, within=CALM):
        return Result.RECOVERS
    # A failure is diagnosed when the network has converged, not while somebody types
    explains = check_statuses.to_be_diagnosed(session) if last else None
    with cpu_budget.of(session.pk) as reading, exhausted_resources.counted_run(session.pk):
        exhausted = whole_lab and exhausted_resources.update(session, reading.over())
        verdicts = grade(lab, lab_access.client_of(session), attempt=False, checks=checks, explains=explains)
        ends = lab_access.read_link_states(session, lab) if whole_lab else {}
        exhausted = exhausted or reading.over() is not None
    if (
        session.newest_job != newest
    ):  # requested meanwhile: the checks have seen what was before it, or its work half-done
        return Result.PUT_OFF
    still = _running(session_id)
    if still is None:
        return Result.OVER
    if network_recovery.may_recover(still, disturbed) and check_statuses.takes_back(session, verdicts):
        return Result.RECOVERS
    if check_statuses.write(still, verdicts, last=last):
        changed(still)
    _update_ends(still, ends)
    if exhausted:
        return Result.EXHAUSTED
    return Result.SETTLES if last and check_statuses.settles(still) else Result.DONE


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
