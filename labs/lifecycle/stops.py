"""Stops: the work of the task that stops a session. It saves the learner's work, and tries again while that cannot be done.

A stop may be called twice, late and out of order, as a start (``labs.lifecycle.starts``).
"""

import logging
import time
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import Q
from django.utils import timezone

from labs import failure_sentences
from labs.engine.errors import EngineError, LabGone, RelayGone
from labs.engine.shared import pace
from labs.lifecycle import lab_access, saves, trouble_tickets
from labs.lifecycle.database_writes import retry_write
from labs.models import Exam, LabSession, Save, State, WrongState

logger = logging.getLogger(__name__)

# The longest that a stop waits for another save, tries to save again, and lets one save take
END_SAVE_SECONDS = pace.seconds(8.0)


def stop(session_id: UUID, reason: Save.Reason = Save.Reason.STOP) -> None:
    """Save the work of a session that is stopping, and remove its container. The row becomes STOPPED when nothing is left."""
    session = LabSession.objects.filter(pk=session_id, state=State.STOPPING).first()
    if session is None:
        return
    try:
        error = _save_at_the_end(session, reason)
    except saves.Busy:
        return  # another worker saves it; if that worker is killed, reconciliation asks again
    if not lab_access.remove_container(session):
        return
    if session.learner_id is None:
        session.delete()  # a pooled session has no history to keep
        return
    try:
        retry_write(lambda: _end(session, error))
    except WrongState:
        return  # delivered twice
    for job in session.jobs.open():
        job.end(failure_sentences.JOB_LAB_ENDED)


def _end(session: LabSession, error: str) -> None:
    """End the session, and begin the trouble ticket for which it was stopped: a page that hears of the end finds the ticket.

    If the work was not saved, the learner reads that first.
    """
    with transaction.atomic():
        session.move_to(State.STOPPED, stopped_at=timezone.now(), error=error)
        if not error:
            trouble_tickets.follow(session)


def _save_at_the_end(session: LabSession, reason: Save.Reason) -> str:
    """Save the work; return the sentence for the learner if that failed. Raises Busy if another save takes too long."""
    if not session.keeps_work or not session.was_touched:
        return ""
    until = time.monotonic() + END_SAVE_SECONDS
    while not _is_saved(session):
        try:
            saves.make(session, lab_access.client_of(session), reason, seconds=END_SAVE_SECONDS)
        except (saves.Busy, OperationalError):
            if time.monotonic() > until:
                raise  # reconciliation asks again
        except (EngineError, OSError) as error:
            logger.warning("The work of %s was not saved when it stopped: %s", session, error)
            if time.monotonic() > until or not _may_pass(session, error):
                # Another worker may have saved it, and may have removed the lab meanwhile
                return "" if _is_saved(session) else _not_saved(session)
        else:
            break
        time.sleep(saves.AGAIN)
    return ""


def _not_saved(session: LabSession) -> str:
    """The sentence about work that is lost: it promises earlier work only if the learner has some."""
    earlier = Q(session=session) | Q(pk=session.resumes_id)
    if not session.exam:
        earlier |= Q(session__exam=Exam.NONE, learner=session.learner_id, lab=session.lab)
    return failure_sentences.NOT_SAVED if Save.objects.filter(earlier).exists() else failure_sentences.NEVER_SAVED


def _may_pass(session: LabSession, error: Exception) -> bool:
    """Whether the error may be over in a moment: the relay restarts, the disk has space again. A lab that is "gone" may run."""
    if not isinstance(error, LabGone):
        return isinstance(error, (RelayGone, OSError))
    try:
        found = lab_access.find_container(session)
    except EngineError:
        return False
    return bool(found and found.running)


def _is_saved(session: LabSession) -> bool:
    """Whether the work was saved since the stop began: a stop may be delivered twice, and a killed worker may have begun it."""
    # A save that is dated in the future was made before the clock went back, and so before this stop
    return session.saves.filter(made_at__range=(session.state_at, timezone.now())).exists()
