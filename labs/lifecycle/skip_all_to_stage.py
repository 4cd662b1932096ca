"""Skipping to a stage in all running labs of a class at once."""

from django.db.models import QuerySet

from labs.lifecycle import check_statuses, services
from labs.models import Job, LabSession, State, WrongState
from labs.registry import versions


def is_ahead(session: LabSession, stage: str) -> bool:
    """Whether its learner has come to the stage, or further: a skip would only undo their work."""
    try:
        return check_statuses.has_come_to(session, versions.of(session), stage)
    except (KeyError, versions.NoSuchLab):
        return False


def request_skips(lab: str, stage: str, among: QuerySet[LabSession]) -> tuple[list[LabSession], int, int]:
    """Request the skip in all running sessions AMONG some whose learner has not come as far. Return those that skip, how many
    have another job, and how many are left alone because they have come as far.
    """
    skipping, busy, ahead = list[LabSession](), 0, 0
    for session in among.filter(lab=lab, state=State.READY):
        if is_ahead(session, stage):
            ahead += 1
            continue
        try:
            job = services.request_skip(session, stage)
        except WrongState:
            continue  # it has just ended, or its version of the lab does not have this stage
        if job.kind == Job.Kind.SKIP:
            skipping.append(session)
        else:
            busy += 1
    return skipping, busy, ahead
