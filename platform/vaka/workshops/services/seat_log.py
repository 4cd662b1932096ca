"""Writing the seat log. Each entry is also published to the open pages of the room and of the seats."""

from labs.models import Job
from vaka.accounts.models import User
from vaka.workshops import events
from vaka.workshops.models import Seat, SeatLogEntry, Workshop

MAX_TEXT = 1000  # characters


def record(
    workshop: Workshop,
    seat: Seat | None,
    by: User | None,
    kind: SeatLogEntry.Kind,
    text: str = "",
    job: Job | None = None,
) -> SeatLogEntry:
    """Add an entry about a seat, or about all seats if SEAT is None. JOB: what does it, if that takes its time."""
    facts = {"workshop": workshop, "seat": seat, "by": by, "kind": kind, "text": text[:MAX_TEXT], "job": job}
    entry = SeatLogEntry.objects.create(**facts)
    events.publish(workshop, kind.value, seat)
    return entry
