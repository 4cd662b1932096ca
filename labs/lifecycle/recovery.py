"""Recovery of interrupted work: what a worker had begun when it was killed, and the messages that a broker lost when it restarted.

Both are enqueued again at once, because a learner waits. So is, after a while, work that no worker has taken: a process of a
worker can hang before it takes what it was given, and no time limit counts there. Work whose loss is not noticed otherwise
reaches the time limits of reconciliation.
Work that is delivered twice does no harm (labs.lifecycle.starts), so the same work may be recovered for both reasons.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from labs import events, failure_sentences
from labs.engine.shared import pace
from labs.lifecycle import lab_access, lab_failure
from labs.models import Attempt, Job, LabSession, State, WrongState

logger = logging.getLogger(__name__)

# Then work may be lost. It may also wait for others, and is enqueued twice
UNTAKEN = timedelta(seconds=pace.seconds(20))


@dataclass(slots=True)
class Recovered:
    """The work to enqueue again."""

    starts: list[LabSession] = field(default_factory=list)
    stops: list[LabSession] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)


def start_again(session: LabSession, note: str) -> bool:
    """Request a lost start again. It is done once: if it is lost again, the session fails. Return whether to enqueue a start."""
    try:
        if session.generation > 1:
            lab_failure.fail(session, failure_sentences.LOST)
            lab_access.remove_container(session)
            return False
        session.start_again(note)
    except WrongState:
        return False  # it went on meanwhile
    return True


def interrupted_starts(before: datetime) -> Recovered:
    """Recover the work of a killed starter: starts that it had begun, and those that it had taken from the broker to begin next.

    BEFORE: when the new starter came up.
    """
    begun = LabSession.objects.filter(state=State.STARTING, state_at__lt=before)
    again = [session for session in begun if start_again(session, "Its start was interrupted.")]
    return Recovered(starts=[*again, *LabSession.objects.filter(state=State.REQUESTED, admitted_at__lt=before)])


def interrupted_jobs(before: datetime) -> Recovered:
    """Recover the work of a killed worker: jobs, and sessions that were stopping. The locks of its saves are released.

    BEFORE: when the new worker came up.
    """
    LabSession.objects.filter(saving_at__lt=before).update(saving_at=None)
    taken = Job.objects.open().filter(taken_at__lt=before).select_related("session")
    jobs = [*(job for job in taken if _put_back(job)), *_waiting(before)]
    return Recovered(stops=_stopping(before), jobs=jobs)


def _put_back(job: Job) -> bool:
    if Attempt.with_exams.filter(job=job).exists():  # all of it was done, except that the job was not ended
        job.end()
        return False
    return job.put_back()


def _waiting(before: datetime) -> list[Job]:
    return list(Job.objects.open().filter(taken_at=None, asked_at__lt=before))


def _stopping(before: datetime) -> list[LabSession]:
    return list(LabSession.objects.filter(state=State.STOPPING, state_at__lt=before))


def lost_by_broker() -> Recovered:
    """Recover what was enqueued and not taken by a worker, if the broker has lost its messages since the last call."""
    if events.broker_remembers():
        return Recovered()
    # Also what was requested a moment ago: nobody would request it again, and a second delivery does no harm
    before = timezone.now()
    logger.warning("The broker has lost the messages that waited in it. They are enqueued again.")
    admitted = LabSession.objects.filter(state=State.REQUESTED, admitted_at__lt=before)
    return Recovered(list(admitted), _stopping(before), _waiting(before))


def untaken(now: datetime) -> Recovered:
    """Recover what was enqueued a while ago and has not been taken by a worker."""
    before = now - UNTAKEN
    admitted = LabSession.objects.filter(state=State.REQUESTED, admitted_at__lt=before)
    return Recovered(starts=list(admitted), jobs=_waiting(before))
