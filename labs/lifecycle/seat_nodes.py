"""What of a session is somebody's: all of it, or in a class lab what ends at the nodes of his seat."""

from typing import Any

from labs.engine.definition.seats import seen_from
from labs.engine.definition.spec import Lab
from labs.models import LabSession
from labs.registry import versions


def seen_by(session: LabSession, user: Any) -> Lab:
    """The lab as the user has it: nodes that are not his are as the instructor's. Raises ClassSeat.DoesNotExist, NoSuchLab."""
    seat = session.seat_of(user)
    try:
        lab = versions.of(session)
    except versions.NoSuchLab:
        lab = versions.newest(session.lab, session.seed)
    return seen_from(lab, seat.nodes) if seat else lab
