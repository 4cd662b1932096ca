"""The reports of workers: whether they are here, and what the database refuses them.

Workers report to the broker. The site reads this when a learner's page asks, and ends a start or job that would wait for ever,
with the reason. A worker that writes late finds that the start or job has ended. Work that a living worker has not taken is
enqueued again by ``recovery``.
"""

import json
import logging
import time
from datetime import timedelta
from typing import Any, TypedDict

from django.db import DatabaseError, IntegrityError
from django.utils import timezone
from redis import RedisError

from labs import events, failure_sentences
from labs.engine.shared import pace
from labs.models import Job, LabSession, State, WrongState

logger = logging.getLogger(__name__)

REFUSED = "vaka:refused"  # while workers cannot write: since when, and what the database says
HERE = "vaka:starter"  # while a starter lives
MISSED = "vaka:starter-missed"  # since when no starter has been seen
EVERY = 5.0  # seconds between two reports of a starter that it is here
# Lifetimes of these keys: a slow machine reports later
REFUSED_SECONDS, HERE_SECONDS, MISSED_SECONDS = (round(pace.seconds(limit)) for limit in (15, 20, 60))
# Seconds after which waiting does not help. A database that refuses says so at once on every machine, and each write that it
# accepts begins the time again: so this follows no pace, and a start fails within the minute that docs/lab-sessions.md promises.
# A lock means that others write, and a starter that was killed must load its modules again: both take as long as the machine
REFUSED_PATIENCE = 25.0
LOCKED_PATIENCE = STARTER_PATIENCE = pace.seconds(25.0)
YOUNG = timedelta(seconds=10)  # what has begun more recently is not stalled


class Refused(TypedDict):
    """The time of the first refusal, in seconds of the clock, and the error of the database."""

    since: float
    error: str


def report_refusal(error: BaseException) -> None:
    """Report that the database refused a worker's write, and why. Other errors are ignored."""
    if not isinstance(error, DatabaseError) or isinstance(error, IntegrityError):
        return
    try:
        known = _refused()
        refused = Refused(since=known["since"] if known else time.time(), error=str(error))
        events.broker().set(REFUSED, json.dumps(refused), ex=REFUSED_SECONDS)
    except RedisError as lost:
        logger.warning("The worker could not report that the database refuses writes: %s", lost)


def report_write() -> None:
    """Report that a worker can write: the refusals before were temporary."""
    try:
        events.broker().delete(REFUSED)
    except RedisError as lost:
        logger.warning("The worker could not report that the database accepts writes: %s", lost)


def report_starter() -> None:
    """Report that a starter is here."""
    try:
        with events.broker().pipeline() as pipe:
            pipe.set(HERE, 1, ex=HERE_SECONDS)
            pipe.delete(MISSED)
            pipe.execute()
    except RedisError as lost:
        logger.warning("The starter could not report that it is here: %s", lost)


def end_if_stalled(session: LabSession) -> LabSession:
    """End the session's start or job if it is stalled. Return the session as it is then."""
    before = timezone.now() - YOUNG
    if session.state in (State.REQUESTED, State.STARTING):
        if (session.admitted_at or session.state_at) <= before and (why := _why(is_start=True)):
            _give_up(session, *why)
    elif session.state == State.READY and (why := _why(is_start=False)):
        for job in Job.objects.open().filter(session=session, asked_at__lt=before):
            try:
                job.end(*why)
            except DatabaseError as error:
                logger.warning("%s is stalled, and that could not be written: %s", job, error)
    return session


def _give_up(session: LabSession, sentence: str, detail: str) -> None:
    fields: dict[str, Any] = {"error": sentence, "detail": detail, "stopped_at": timezone.now()}
    try:
        session.move_to(State.FAILED, note=detail, **fields)
    except WrongState:
        session.refresh_from_db()  # it went on at this moment
    except DatabaseError as error:  # the site cannot write either: its page shows the failure all the same
        logger.warning("%s is stalled, and that could not be written: %s", session, error)
        session.state, session.error, session.detail = State.FAILED, sentence, detail


def _why(*, is_start: bool) -> tuple[str, str] | None:
    """Return why starts or jobs are stalled, as a sentence for the learner and a detail; None if they are not."""
    try:
        refused = _refused()
        if refused and time.time() - refused["since"] >= _patience(refused):
            return failure_sentences.NOT_WRITTEN, refused["error"][:2000]
        if is_start and _seconds_without_starter() >= STARTER_PATIENCE:
            return failure_sentences.NO_STARTER, ""
    except RedisError:
        return None  # the broker is away: pages report that elsewhere
    return None


def _patience(refused: Refused) -> float:
    return LOCKED_PATIENCE if "locked" in refused["error"] else REFUSED_PATIENCE


def _seconds_without_starter() -> float:
    """Return for how many seconds no starter has reported, since the site began to look."""
    if events.broker().exists(HERE):
        return 0.0
    events.broker().set(MISSED, time.time(), nx=True, ex=MISSED_SECONDS)
    since = events.broker().get(MISSED)
    return time.time() - float(since) if isinstance(since, bytes) else 0.0


def _refused() -> Refused | None:
    stored = events.broker().get(REFUSED)
    if not isinstance(stored, bytes):
        return None
    found = json.loads(stored)
    return Refused(since=found["since"], error=found["error"])
