"""Skipping to a stage in all running labs of a class at once."""

from django.db.models import QuerySet

from labs.lifecycle import services
from labs.models import Job, LabSession, State, WrongState


def request_skips(lab: str, stage: str, among: QuerySet[LabSession]) -> tuple[list[LabSession], int]:
    """Request the skip in all running sessions AMONG some. Return those that skip, and how many have another job."""
    skipping, busy = list[LabSession](), 0
    for session in among.filter(lab=lab, state=State.READY):
        try:
            job = services.request_skip(session, stage)
        except WrongState:
            continue  # it has just ended, or its version of the lab does not have this stage
        if job.kind == Job.Kind.SKIP:
            skipping.append(session)
        else:
            busy += 1
    return skipping, busy
