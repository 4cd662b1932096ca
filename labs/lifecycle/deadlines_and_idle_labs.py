"""Deadlines and idle labs: learners to warn, and sessions to stop now. Paused labs get no warnings and are not stopped.

A lab in which more passes than an attempt has counted is checked a last time before it is stopped. Copies that their owner may
not have any more are stopped with them, also in a pause.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from labs import events, hooks
from labs.engine.shared import pace
from labs.lifecycle import forbidden_copies, seat_attempts, uncounted_points
from labs.models import Job, LabSession, Save, State, WrongState
from labs.models.lab_session import LabSessionQuerySet

WARNED_AT = (2, 10)  # minutes before the deadline
# At most, after the deadline; then the lab is stopped unchecked
LAST_CHECK_TAKES = timedelta(seconds=pace.seconds(120))

type Ends = list[tuple[UUID, Save.Reason]]


def request_last_checks() -> list[Job]:
    """Request a check of each lab that is to be stopped and has uncounted points, once. Return the jobs.

    ``expire`` stops these labs when the check has ended.
    """
    return [job for session, reason in _to_be_stopped(timezone.now()) if (job := _request_last_check(session, reason))]


def expire() -> Ends:
    """Warn the learners whose deadline is near, and move sessions to STOPPING that are past it, idle, or copies that nobody
    allows any more. Return those to stop.
    """
    now, not_paused = timezone.now(), _not_paused()
    for minutes in WARNED_AT:
        for session in not_paused.to_be_warned(now, minutes):
            LabSession.objects.filter(pk=session.pk).update(warned=minutes)
            events.publish(session.pk, "ending", minutes=minutes)
    stops = [(session, reason) for session, reason in _to_be_stopped(now) if not _is_being_checked(session, now)]
    stops += [(copied, Save.Reason.STOP) for copied in forbidden_copies.find()]
    return [(session.pk, reason) for session, reason in stops if _begin_stop(session, reason)]


def _not_paused() -> LabSessionQuerySet:
    return LabSession.objects.exclude(pk__in=list(hooks.paused()))


def _to_be_stopped(now: datetime) -> list[tuple[LabSession, Save.Reason]]:
    expired, idle = _not_paused().expired(now), _not_paused().idle(now, settings.LAB_IDLE_MINUTES)
    return [*((one, Save.Reason.DEADLINE) for one in expired), *((one, Save.Reason.IDLE) for one in idle)]


def _is_being_checked(session: LabSession, now: datetime) -> bool:
    """Whether an attempt still runs at the deadline, for a little while. A lab with an open job is not idle."""
    ends, job = session.ends_at, session.job
    in_time = not session.exam and ends is not None and now - ends <= LAST_CHECK_TAKES
    return in_time and job is not None and job.kind == Job.Kind.ATTEMPT


def _request_last_check(session: LabSession, reason: Save.Reason) -> Job | None:
    since = session.ends_at if reason == Save.Reason.DEADLINE else session.active_at or session.state_at
    if not uncounted_points.are_in(session) or session.jobs.filter(kind=Job.Kind.ATTEMPT, asked_at__gte=since).exists():
        return None
    try:
        with transaction.atomic():
            if not session.is_of_one_person:
                seat_attempts.request_for_all(session)
            job = session.jobs.create(kind=Job.Kind.ATTEMPT)
            session.log("Its last check is requested, before it is stopped.")
            events.publish(session.pk, "job", kind=Job.Kind.ATTEMPT, over=False)
    except IntegrityError:
        return None  # another job is open
    return job


def _begin_stop(session: LabSession, reason: Save.Reason) -> bool:
    try:
        session.move_to(State.STOPPING, note=reason.value)  # by which the lab page says why
    except WrongState:
        return False
    return True
