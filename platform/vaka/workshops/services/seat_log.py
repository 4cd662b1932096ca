"""Writing the seat log. Each entry is also published to the open pages of the room and of the seats."""

from vaka.accounts.models import User
from vaka.workshops import events
from vaka.workshops.models import Seat, SeatLogEntry, Workshop

MAX_TEXT = 1000  # characters


def record(
    workshop: Workshop, seat: Seat | None, by: User | None, kind: SeatLogEntry.Kind, text: str = ""
) -> SeatLogEntry:
    """Add an entry about a seat, or about all seats if SEAT is None."""
    entry = SeatLogEntry.objects.create(workshop=workshop, seat=seat, by=by, kind=kind, text=text[:MAX_TEXT])
    events.publish(workshop, kind.value, seat)
    return entry
