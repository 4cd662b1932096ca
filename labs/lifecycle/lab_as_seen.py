"""The part of a session that belongs to a user: all of it, or in a class lab the nodes of their seat with their cables."""

from dataclasses import replace

from labs.engine.definition.seats import seen_from
from labs.engine.definition.spec import Lab
from labs.models import LabSession
from labs.registry import versions
from vaka.accounts.models import User


def seen_by(session: LabSession, user: User) -> Lab:
    """Return the lab as the user has it: other people's nodes are no learner's nodes. A person who left their seat has none.

    Raises ClassSeat.DoesNotExist, NoSuchLab.
    """
    seat = session.seat_of(user)
    try:
        lab = versions.of(session)
    except versions.NoSuchLab:
        lab = versions.newest(session.lab, session.seed)
    if seat is None:
        return lab
    seen = seen_from(lab, seat.nodes)
    return replace(seen, nodes=seen_from(lab, ()).nodes) if seat.is_away else seen
