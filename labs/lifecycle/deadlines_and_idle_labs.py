"""Deadlines and idle labs: learners to warn, and sessions to stop now. Paused labs get no warnings and are not stopped."""

from uuid import UUID

from django.conf import settings
from django.utils import timezone

from labs import events, hooks
from labs.models import LabSession, Save, State, WrongState

WARNED_AT = (2, 10)  # minutes before the deadline

type Ends = list[tuple[UUID, Save.Reason]]


def expire() -> Ends:
    """Warn the learners whose deadline is near, and move sessions to STOPPING that are past it or idle. Return those to stop."""
    now, not_paused = timezone.now(), LabSession.objects.exclude(pk__in=list(hooks.paused()))
    for minutes in WARNED_AT:
        for session in not_paused.to_be_warned(now, minutes):
            LabSession.objects.filter(pk=session.pk).update(warned=minutes)
            events.publish(session.pk, "ending", minutes=minutes)
    ends = [(session, Save.Reason.DEADLINE) for session in not_paused.expired(now)]
    ends += [(session, Save.Reason.IDLE) for session in not_paused.idle(now, settings.LAB_IDLE_MINUTES)]
    return [(session.pk, reason) for session, reason in ends if _begin_stop(session, reason)]


def _begin_stop(session: LabSession, reason: Save.Reason) -> bool:
    try:
        session.move_to(State.STOPPING, note=str(Save.Reason(reason).label))
    except WrongState:
        return False
    return True
