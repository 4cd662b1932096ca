"""Observing a trainee's terminals, and typing there while the trainee allows it.

Every page of the trainee names the observers and can withdraw the permission to type. The seat log keeps each step.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from labs.models import LabSession, Observer, State
from labs.models.observer import LASTS
from vaka.accounts.models import User
from vaka.workshops import visible_to_team
from vaka.workshops.models import Seat, SeatLogEntry, Workshop
from vaka.workshops.services import seat_log


def observable_session(seat: Seat) -> LabSession | None:
    """The session of a lab of the workshop that runs at the seat for its trainee alone; None once the workshop is over."""
    if seat.user_id is None or seat.workshop.is_over:
        return None
    return visible_to_team.lab_sessions(seat.workshop).filter(learner=seat.user_id, state=State.READY).first()


def is_in_class_lab(seat: Seat) -> bool:
    """Whether a class lab of the workshop runs at the seat. It is everybody's, so nobody observes terminals there."""
    running = visible_to_team.class_labs(seat.workshop).filter(state=State.READY)
    return seat.user_id is not None and running.filter(seats__user=seat.user_id).exists()


def begin(seat: Seat, session: LabSession, by: User) -> Observer:
    with transaction.atomic():
        for stale in Observer.objects.filter(session=session, user=by, ended_at=None, began_at__lte=_stale_before()):
            end(seat, stale)
        observer, begun = Observer.begin(session.pk, by)
        if begun:
            seat_log.record(seat.workshop, seat, by, SeatLogEntry.Kind.OBSERVE)
    return observer


def seat_of(observer: Observer) -> Seat | None:
    """The seat at which the observer began, by the entry in its log."""
    begun = SeatLogEntry.objects.filter(kind=SeatLogEntry.Kind.OBSERVE, by=observer.user_id, at__gte=observer.began_at)
    found = begun.filter(seat__user=observer.session.learner_id).order_by("at").select_related("seat__workshop").first()
    return found.seat if found else None


def ask_to_type(seat: Seat, observer: Observer) -> None:
    """Ask the trainee for permission to type. A second request while the first is open does nothing."""
    if observer.asked_at is None and observer.change(asked_at=timezone.now()):
        seat_log.record(seat.workshop, seat, observer.user, SeatLogEntry.Kind.ASK_TO_TYPE)


def allow(seat: Seat, observer: Observer) -> None:
    if observer.asked_at and not observer.may_type and observer.change(allowed_at=timezone.now()):
        seat_log.record(seat.workshop, seat, observer.user, SeatLogEntry.Kind.ALLOWED)


def refuse(seat: Seat, observer: Observer) -> None:
    """Refuse the request, or withdraw a permission: the observer cannot type from this moment on."""
    if observer.asked_at and observer.change(asked_at=None, allowed_at=None):
        seat_log.record(seat.workshop, seat, observer.user, SeatLogEntry.Kind.REFUSED)


def record_typing(seat: Seat, observer: Observer) -> None:
    """The observer has opened a terminal to type. Recorded once for each permission."""
    if observer.allowed_at is None:
        return
    recorded = SeatLogEntry.objects.filter(
        seat=seat, by=observer.user, kind=SeatLogEntry.Kind.TYPE, at__gte=observer.allowed_at
    )
    if not recorded.exists():
        seat_log.record(seat.workshop, seat, observer.user, SeatLogEntry.Kind.TYPE)


def end(seat: Seat, observer: Observer) -> None:
    if observer.change(ended_at=timezone.now()):
        seat_log.record(seat.workshop, seat, observer.user, SeatLogEntry.Kind.STOP_OBSERVING)


def end_all(workshop: Workshop, user: User | None = None) -> None:
    """End all observers of a workshop that is closed, or those of a USER who has left the team."""
    observers = Observer.objects.filter(ended_at=None, session__learner__workshop_seats__workshop=workshop)
    for observer in (observers.filter(user=user) if user else observers).select_related("session", "user"):
        seat = seat_of(observer) or workshop.seats.filter(user=observer.session.learner_id).first()
        if seat and seat.workshop_id == workshop.pk:
            end(seat, observer)


def end_stale() -> None:
    """End observers after two hours, or when the lab or the workshop has ended. Beat calls it."""
    for observer in Observer.objects.filter(ended_at=None).select_related("session", "user"):
        seat = seat_of(observer)
        if seat and (observer.began_at <= _stale_before() or observable_session(seat) != observer.session):
            end(seat, observer)


def _stale_before() -> datetime:
    return timezone.now() - LASTS


def end_at_seat(seat: Seat) -> None:
    """End the observers at a seat that is freed."""
    if seat.user_id is None:
        return
    for observer in Observer.objects.filter(ended_at=None, session__learner=seat.user_id).select_related("session"):
        if seat_of(observer) in (seat, None):
            observer.change(ended_at=timezone.now())  # no entry: the log is deleted with the seat


def observers_of(seat: Seat) -> list[Observer]:
    """All who observe the trainee now, from any workshop in which the trainee has a seat."""
    if seat.user_id is None:
        return []
    found = Observer.objects.open().filter(session__learner=seat.user_id, session__state=State.READY)
    return list(found.select_related("user"))
