"""Beside a trainee: look on at his terminals, and type there while he allows it. He sees it, and ends it, on each of his pages."""

from django.utils import timezone

from labs.models import LabSession, State, Visit
from vaka.accounts.models import User
from vaka.workshops.acting import write_down
from vaka.workshops.doings import Deed
from vaka.workshops.models import Workshop
from vaka.workshops.seats import WorkshopSeat


def session_of(seat: WorkshopSeat) -> LabSession | None:
    """The workshop's lab that runs at the seat; none once the workshop is over."""
    if seat.user_id is None or seat.workshop.is_over:
        return None
    return seat.workshop.lab_sessions().filter(learner=seat.user_id, state=State.READY).first()


def look_on(seat: WorkshopSeat, session: LabSession, by: User) -> Visit:
    visit, begun = Visit.begin(session, by)
    if begun:
        write_down(seat.workshop, seat, by, Deed.Kind.LOOK)
    return visit


def ask(seat: WorkshopSeat, visit: Visit) -> None:
    """Ask whether he may type; asked twice is asked once."""
    if visit.asked_at is None and visit.becomes(asked_at=timezone.now()):
        write_down(seat.workshop, seat, visit.user, Deed.Kind.ASK)


def allow(seat: WorkshopSeat, visit: Visit) -> None:
    if visit.asked_at and not visit.may_type and visit.becomes(allowed_at=timezone.now()):
        write_down(seat.workshop, seat, visit.user, Deed.Kind.CONTROL)


def refuse(seat: WorkshopSeat, visit: Visit) -> None:
    """Before, or after he had allowed it: from this moment on nobody else types there."""
    visit.becomes(asked_at=None, allowed_at=None)
    write_down(seat.workshop, seat, visit.user, Deed.Kind.LOOK)


def leave(seat: WorkshopSeat, visit: Visit) -> None:
    if visit.becomes(ended_at=timezone.now()):
        write_down(seat.workshop, seat, visit.user, Deed.Kind.LEAVE)


def end_all(workshop: Workshop, user: User | None = None) -> None:
    """Who does not run the workshop any more is beside nobody there; nobody is, once it is closed."""
    theirs = Visit.objects.filter(ended_at=None, session__learner__workshop_seats__workshop=workshop)
    for visit in theirs.filter(user=user) if user else theirs:
        visit.becomes(ended_at=timezone.now())


def end_at(seat: WorkshopSeat) -> None:
    """Nobody of this workshop is beside who leaves the seat."""
    if seat.user_id is None:
        return
    for visit in Visit.objects.filter(ended_at=None, session__learner=seat.user_id):
        visit.becomes(ended_at=timezone.now())


def of_seat(seat: WorkshopSeat) -> list[Visit]:
    """Who is beside the trainee now."""
    if seat.user_id is None:
        return []
    team = seat.workshop.staff.values("user")
    found = Visit.objects.open().filter(session__learner=seat.user_id, session__state=State.READY)
    return list(
        found.filter(user__in=team).select_related("user") | found.filter(user__is_staff=True).select_related("user")
    )
