"""What happens in a workshop, told to its open pages: the room's, and those of the seats."""

from typing import Any

from labs import events
from vaka.workshops.models import Workshop
from vaka.workshops.models.seat import Seat


def channel(workshop: int) -> str:
    return f"vaka:workshop:{workshop}"


def tell(workshop: Workshop, event: str, seat: Seat | None = None, **facts: Any) -> None:
    """Tell the room, and the seat; without one all seats."""
    events.tell(channel(workshop.pk), event, seat=seat.pk if seat else None, **facts)
