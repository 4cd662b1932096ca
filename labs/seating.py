"""What of a session is somebody's: all of it, or in a class lab what ends at the nodes of his seat."""

from typing import Any

from labs import published
from labs.engine.seats import seen_from
from labs.engine.spec import Lab
from labs.models import LabSession


def seen_by(session: LabSession, user: Any) -> Lab:
    """The lab as the user has it: nodes that are not his are as the instructor's. Raises Seat.DoesNotExist, NoSuchLab."""
    seat = session.seat_of(user)
    try:
        lab = published.of(session)
    except published.NoSuchLab:
        lab = published.newest(session.lab, session.seed)
    return seen_from(lab, seat.nodes) if seat else lab
