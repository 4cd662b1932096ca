"""Work that a death took along: what a killed worker had in hand, and what a broker had that lost its memory.

Both are begun again at once, for a learner waits; the reaper's limits stay for what nobody noticed. What is brought twice does no
harm (labs.lifecycle.worker), so of two causes for one loss both may be true.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from labs import events, failures
from labs.lifecycle import worker
from labs.models import Attempt, Job, LabSession, State, WrongState

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Again:
    """What is to be enqueued once more."""

    starts: list[LabSession] = field(default_factory=list)
    stops: list[LabSession] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)


def launch_again(session: LabSession, note: str) -> bool:
    """Begin a launch anew, once; what was lost twice has failed. False if there is nothing to begin."""
    try:
        if session.generation > 1:
            worker.fail(session, failures.LOST)
            worker.remove(session)
            return False
        session.launch_again(note)
    except WrongState:
        return False  # it went on meanwhile
    return True


def starts_in_hand(before: datetime) -> Again:
    """What a starter had when it was killed: starts that it had begun, and those that it had taken from the queue to begin next.

    The new one came up at BEFORE.
    """
    cut_off = LabSession.objects.filter(state=State.STARTING, state_at__lt=before)
    begun_anew = [session for session in cut_off if launch_again(session, "Its start was cut off.")]
    return Again(starts=[*begun_anew, *LabSession.objects.filter(state=State.REQUESTED, admitted_at__lt=before)])


def jobs_in_hand(before: datetime) -> Again:
    """The same for a worker: what learners had asked for, and labs that were to stop. A save in the making is nobody's now."""
    LabSession.objects.filter(saving_at__lt=before).update(saving_at=None)
    taken = Job.objects.open().filter(taken_at__lt=before).select_related("session")
    jobs = [*(job for job in taken if _to_be_done(job)), *_waiting(before)]
    return Again(stops=_stopping(before), jobs=jobs)


def _to_be_done(job: Job) -> bool:
    if Attempt.objects.filter(job=job).exists():  # all but its last line was done
        job.end()
        return False
    return job.put_back()


def _waiting(before: datetime) -> list[Job]:
    return list(Job.objects.open().filter(taken_at=None, asked_at__lt=before))


def _stopping(before: datetime) -> list[LabSession]:
    return list(LabSession.objects.filter(state=State.STOPPING, state_at__lt=before))


def on_their_way() -> Again:
    """What was enqueued and not taken, if the broker has been emptied since we asked last."""
    if events.broker_remembers():
        return Again()
    # Also what was asked a moment ago: nobody asks a second time, and what comes twice does no harm
    before = timezone.now()
    logger.warning("The broker has lost what waited in it; it is enqueued again.")
    let_in = LabSession.objects.filter(state=State.REQUESTED, admitted_at__lt=before)
    return Again(list(let_in), _stopping(before), _waiting(before))
