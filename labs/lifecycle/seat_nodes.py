"""What of a session belongs to a user: all of it, or in a class lab the nodes of their seat and the cables at these nodes."""

from typing import Any

from labs.engine.definition.seats import seen_from
from labs.engine.definition.spec import Lab
from labs.models import LabSession
from labs.registry import versions


def seen_by(session: LabSession, user: Any) -> Lab:
    """Return the lab as the user has it: other people's nodes are no learner's nodes. Raises ClassSeat.DoesNotExist, NoSuchLab."""
    seat = session.seat_of(user)
    try:
        lab = versions.of(session)
    except versions.NoSuchLab:
        lab = versions.newest(session.lab, session.seed)
    return seen_from(lab, seat.nodes) if seat else lab
