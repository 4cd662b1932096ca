"""Beside a trainee: look on at his terminals, and type there while he allows it. He sees it, and ends it, on each of his pages."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from labs.models import LabSession, Observer, State
from labs.models.observer import LASTS
from vaka.accounts.models import User
from vaka.workshops.models import Workshop
from vaka.workshops.models.seat import Seat
from vaka.workshops.models.seat_log import SeatLogEntry
from vaka.workshops.services.seat_actions import write_down


def session_of(seat: Seat) -> LabSession | None:
    """The workshop's lab that runs at the seat; none once the workshop is over."""
    if seat.user_id is None or seat.workshop.is_over:
        return None
    return seat.workshop.lab_sessions().filter(learner=seat.user_id, state=State.READY).first()


def look_on(seat: Seat, session: LabSession, by: User) -> Observer:
    with transaction.atomic():
        for forgotten in Observer.objects.filter(session=session, user=by, ended_at=None, began_at__lte=_forgotten()):
            leave(seat, forgotten)
        visit, begun = Observer.begin(session, by)
        if begun:
            write_down(seat.workshop, seat, by, SeatLogEntry.Kind.LOOK)
    return visit


def seat_of(visit: Observer) -> Seat | None:
    """The seat at which the visit began: there it was written down."""
    begun = SeatLogEntry.objects.filter(kind=SeatLogEntry.Kind.LOOK, by=visit.user_id, at__gte=visit.began_at)
    found = begun.filter(seat__user=visit.session.learner_id).order_by("at").select_related("seat__workshop").first()
    return found.seat if found else None


def ask(seat: Seat, visit: Observer) -> None:
    """Ask whether he may type; asked twice is asked once."""
    if visit.asked_at is None and visit.becomes(asked_at=timezone.now()):
        write_down(seat.workshop, seat, visit.user, SeatLogEntry.Kind.ASK)


def allow(seat: Seat, visit: Observer) -> None:
    if visit.asked_at and not visit.may_type and visit.becomes(allowed_at=timezone.now()):
        write_down(seat.workshop, seat, visit.user, SeatLogEntry.Kind.ALLOWED)


def refuse(seat: Seat, visit: Observer) -> None:
    """Before, or after he had allowed it: from this moment on nobody else types there."""
    if visit.asked_at and visit.becomes(asked_at=None, allowed_at=None):
        write_down(seat.workshop, seat, visit.user, SeatLogEntry.Kind.REFUSED)


def types(seat: Seat, visit: Observer) -> None:
    """He has opened a terminal to type in; said once for each time that it was allowed."""
    if visit.allowed_at is None:
        return
    said = SeatLogEntry.objects.filter(
        seat=seat, by=visit.user, kind=SeatLogEntry.Kind.CONTROL, at__gte=visit.allowed_at
    )
    if not said.exists():
        write_down(seat.workshop, seat, visit.user, SeatLogEntry.Kind.CONTROL)


def leave(seat: Seat, visit: Observer) -> None:
    if visit.becomes(ended_at=timezone.now()):
        write_down(seat.workshop, seat, visit.user, SeatLogEntry.Kind.LEAVE)


def end_all(workshop: Workshop, user: User | None = None) -> None:
    """Who does not run the workshop any more is beside nobody there; nobody is, once it is closed."""
    theirs = Observer.objects.filter(ended_at=None, session__learner__workshop_seats__workshop=workshop)
    for visit in (theirs.filter(user=user) if user else theirs).select_related("session", "user"):
        seat = seat_of(visit) or workshop.places.filter(user=visit.session.learner_id).first()
        if seat and seat.workshop_id == workshop.pk:
            leave(seat, visit)


def end_forgotten() -> None:
    """End what nobody has ended: after two hours, with the lab, or with the workshop."""
    for visit in Observer.objects.filter(ended_at=None).select_related("session", "user"):
        seat = seat_of(visit)
        if seat and (visit.began_at <= _forgotten() or session_of(seat) != visit.session):
            leave(seat, visit)


def _forgotten() -> datetime:
    return timezone.now() - LASTS


def end_at(seat: Seat) -> None:
    """Nobody of this workshop is beside who leaves the seat."""
    if seat.user_id is None:
        return
    for visit in Observer.objects.filter(ended_at=None, session__learner=seat.user_id).select_related("session"):
        if seat_of(visit) in (seat, None):
            visit.becomes(ended_at=timezone.now())  # the seat's log goes with it


def of_seat(seat: Seat) -> list[Observer]:
    """Who is beside its trainee now, from whichever of his workshops: nobody looks on unseen."""
    if seat.user_id is None:
        return []
    found = Observer.objects.open().filter(session__learner=seat.user_id, session__state=State.READY)
    return list(found.select_related("user"))
