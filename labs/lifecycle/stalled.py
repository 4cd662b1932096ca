"""What stands still because those who do it cannot: starts and jobs that no worker can write down, or that no worker takes.

The workers say in the broker that they are here, and what the database refuses them. The site reads that when a learner's
page asks, and ends what would wait for ever, with the reason. What is written down late finds that it is over.
"""

import json
import logging
import time
from datetime import timedelta
from typing import Any, TypedDict

from django.db import DatabaseError, IntegrityError
from django.utils import timezone
from redis import RedisError

from labs import events, failures
from labs.models import Job, LabSession, State, WrongState

logger = logging.getLogger(__name__)

REFUSED = "vaka:refused"  # while workers cannot write: since when, and what the database says
HERE = "vaka:starter"  # while a starter lives
MISSED = "vaka:starter-missed"  # since when nobody has seen one
EVERY = 5.0  # seconds after which a starter says again that it is here
REFUSED_SECONDS, HERE_SECONDS, MISSED_SECONDS = 15, 20, 60  # that each of them holds
PATIENCE = 25.0  # seconds of it, after which nothing gets better by waiting
YOUNG = timedelta(seconds=10)  # what has only just begun is nobody's failure


class Refused(TypedDict):
    """Since when (seconds of the clock), and what the database says."""

    since: float
    error: str


def say_refused(error: BaseException) -> None:
    """Say that a worker could not write, and why. What is no refusal of the database is nothing to say."""
    if not isinstance(error, DatabaseError) or isinstance(error, IntegrityError):
        return
    try:
        known = _refused()
        said = Refused(since=known["since"] if known else time.time(), error=str(error))
        events.broker().set(REFUSED, json.dumps(said), ex=REFUSED_SECONDS)
    except RedisError as lost:
        logger.warning("It was not told that the database refuses: %s", lost)


def say_written() -> None:
    """Say that a worker can write: what was refused before was only for a moment."""
    try:
        events.broker().delete(REFUSED)
    except RedisError as lost:
        logger.warning("It was not told that the database takes what is written: %s", lost)


def say_here() -> None:
    """Say that a starter is here."""
    try:
        with events.broker().pipeline() as pipe:
            pipe.set(HERE, 1, ex=HERE_SECONDS)
            pipe.delete(MISSED)
            pipe.execute()
    except RedisError as lost:
        logger.warning("The starter could not say that it is here: %s", lost)


def look(session: LabSession) -> LabSession:
    """End what stands still of a session, if it does; return the session as it is then."""
    before = timezone.now() - YOUNG
    if session.state in (State.REQUESTED, State.STARTING):
        if (session.admitted_at or session.state_at) <= before and (why := _why(is_start=True)):
            _give_up(session, *why)
    elif session.state == State.READY and (why := _why(is_start=False)):
        for job in Job.objects.open().filter(session=session, asked_at__lt=before):
            try:
                job.end(*why)
            except DatabaseError as error:
                logger.warning("%s stands still, and that could not be written down: %s", job, error)
    return session


def _give_up(session: LabSession, sentence: str, detail: str) -> None:
    ended: dict[str, Any] = {"error": sentence, "detail": detail, "stopped_at": timezone.now()}
    try:
        session.move_to(State.FAILED, note=detail, **ended)
    except WrongState:
        session.refresh_from_db()  # it went on at this moment
    except DatabaseError as error:  # the site cannot write either: its page says so all the same
        logger.warning("%s stands still, and that could not be written down: %s", session, error)
        session.state, session.error, session.detail = State.FAILED, sentence, detail


def _why(*, is_start: bool) -> tuple[str, str] | None:
    """Return why it stands still, for its learner, and the detail; None if it does not, or if nobody can know."""
    try:
        refused = _refused()
        if refused and time.time() - refused["since"] >= PATIENCE:
            return failures.NOT_WRITTEN, refused["error"][:2000]
        if is_start and _no_starter_for() >= PATIENCE:
            return failures.NO_STARTER, ""
    except RedisError:
        return None  # a broker that is away: the pages say so elsewhere
    return None


def _no_starter_for() -> float:
    """Return the seconds for which no starter has said that it is here, as far as anybody has looked."""
    if events.broker().exists(HERE):
        return 0.0
    events.broker().set(MISSED, time.time(), nx=True, ex=MISSED_SECONDS)
    since = events.broker().get(MISSED)
    return time.time() - float(since) if isinstance(since, bytes) else 0.0


def _refused() -> Refused | None:
    said = events.broker().get(REFUSED)
    if not isinstance(said, bytes):
        return None
    found = json.loads(said)
    return Refused(since=found["since"], error=found["error"])
