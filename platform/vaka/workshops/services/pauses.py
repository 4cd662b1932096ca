"""Pausing the room. While it is paused no lab ends or counts as idle; afterwards the deadlines move by the pause."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from labs import events
from labs.models import LabSession, State
from vaka.accounts.models import User
from vaka.workshops import visible_to_team
from vaka.workshops.models import SeatLogEntry, Sitting, Workshop
from vaka.workshops.services import seat_log

MAX_PAUSE = timedelta(hours=4)  # a longer one was forgotten; without a limit its labs would hold their memory for ever


def pause(workshop: Workshop, by: User) -> bool:
    """Pause the room; False if it is paused already."""
    with transaction.atomic():
        if not Workshop.objects.filter(pk=workshop.pk, paused_at=None).update(paused_at=timezone.now()):
            return False
        seat_log.record(workshop, None, by, SeatLogEntry.Kind.PAUSE)
        for session in _running(workshop):
            events.publish(session.pk, "deadline", paused=True)
    return True


def resume(workshop: Workshop, by: User | None) -> int | None:
    """End the pause and move the deadlines. Return by how many minutes, or None if the room was not paused."""
    since = workshop.paused_at
    if since is None:
        return None
    with transaction.atomic():  # beat ends labs whose time is up: it must not run between the two changes
        if not Workshop.objects.filter(pk=workshop.pk, paused_at=since).update(paused_at=None):
            return None
        now = timezone.now()
        move_deadlines(workshop, since, now)
        minutes = round((now - since).total_seconds() / 60)
        seat_log.record(workshop, None, by, SeatLogEntry.Kind.RESUME, f"{minutes} min" if minutes else "")
    return minutes


def end_forgotten() -> None:
    """End each pause that is longer than MAX_PAUSE. The seat log names nobody for it. Beat calls it."""
    for workshop in Workshop.objects.filter(paused_at__lte=timezone.now() - MAX_PAUSE):
        if not workshop.is_over:
            resume(workshop, None)


def move_deadlines(workshop: Workshop, since: datetime, until: datetime) -> None:
    """Move the deadlines of the running labs by a pause, but not of exams that were handed in. Needs a transaction."""
    sittings = Sitting.objects.filter(item__in=workshop.agenda.all(), handed_in_at=None).order_by()
    sat = set(
        sittings.select_for_update(no_key=True).values_list("session", flat=True)
    )  # handing in waits until this is written
    for session in _running(workshop):
        if not session.exam or session.pk in sat:
            session.extend_by_pause(since, until)


def paused_sessions() -> dict[UUID, datetime]:
    """The sessions in rooms that are paused now, and since when. ``labs`` calls it (LAB_PAUSES).

    A workshop that is over is not paused, and neither is an exam that was handed in: it gets no time back.
    """
    found: dict[UUID, datetime] = {}
    for workshop in Workshop.objects.exclude(paused_at=None):
        if workshop.paused_at and not workshop.is_over:
            handed_in = Sitting.objects.filter(item__workshop=workshop).exclude(handed_in_at=None).order_by()
            sat = handed_in.exclude(session=None).values("session")
            for session in _running(workshop).exclude(pk__in=sat).only("ready_at", "pause_ended_at"):
                since = session.paused_from(workshop.paused_at)
                found[session.pk] = min(since, found.get(session.pk, since))  # a class lab can be that of two rooms
    return found


def _running(workshop: Workshop) -> QuerySet[LabSession]:
    return visible_to_team.all_labs(workshop).filter(state=State.READY)
