"""Events of a workshop, for the open pages of the room and of the seats."""

from typing import Any

from labs import events
from vaka.workshops.models import Seat, Workshop


def channel(workshop: int) -> str:
    return f"vaka:workshop:{workshop}"


def publish(workshop: Workshop, event: str, seat: Seat | None = None, **details: Any) -> None:
    """Send an event to the room and to a seat, or to all seats if SEAT is None."""
    events.publish_on(channel(workshop.pk), event, seat=seat.pk if seat else None, **details)
