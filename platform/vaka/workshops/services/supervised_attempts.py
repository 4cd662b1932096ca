"""The attempts that are supervised: those made in the room, while an agenda item with their lab is open."""

from datetime import datetime, timedelta

from django.utils import timezone

from vaka.workshops.models import Seat, Workshop
from vaka.workshops.services import room_presence

RUNS_LATE = timedelta(hours=1)  # an agenda item, after its end


def supervising_workshop(learner: int, lab: str, at: datetime) -> str:
    """The title of the workshop that supervises an attempt at a lab; empty if none does. ``labs`` calls it (LAB_SUPERVISION)."""
    seats = Seat.objects.of(learner).filter(workshop__agenda__opened_at__lte=at)
    for seat in seats.select_related("workshop").distinct():
        if _is_open(seat.workshop, lab, at) and room_presence.was_in_room_at(seat, at):
            return seat.workshop.title
    return ""


def is_supervised_now(seat: Seat) -> bool | None:
    """Whether an attempt at the seat is supervised now. None while no agenda item is open: then none could be."""
    now = timezone.now()
    open_items = seat.workshop.agenda.filter(opened_at__lte=now, to_at__gt=now - RUNS_LATE)
    if seat.workshop.is_over or not open_items.exists():
        return None
    return room_presence.was_in_room_at(seat, now)


def _is_open(workshop: Workshop, lab: str, at: datetime) -> bool:
    """Whether an agenda item with this lab is open at that time. The last checks of the close still count."""
    if workshop.settled_at and at >= workshop.settled_at:
        return False
    return any(lab in item.labs and at < item.to_at + RUNS_LATE for item in workshop.agenda.filter(opened_at__lte=at))
