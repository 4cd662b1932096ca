"""Bots play the class-lab seats that nobody has. If the instructor says so, they also play the seat of a person who is away.

Vaka types the solution on their nodes (labs.lifecycle.seat_handover). The work of a person whose seat a bot plays is kept
(SeatWork), and comes back with them. ``labs.lifecycle.class_labs`` tells pages of each change.
"""

import logging
from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils import timezone

from labs import events
from labs.engine.definition.spec import Lab
from labs.engine.errors import LabFailed
from labs.engine.runtime.client import LabClient
from labs.engine.shared import pace
from labs.lifecycle import nodes_to_reset
from labs.models import ClassSeat, LabSession, SeatWork
from labs.registry import versions

logger = logging.getLogger(__name__)

LARGEST_WORK = 4 << 20  # bytes of the work of one seat
WORK_SECONDS = pace.seconds(20.0)  # that a lab has to save the work of a seat that changes hands


def nodes_played(session: LabSession, lab: Lab) -> list[str]:
    """Return the nodes that bots play: those of seats that nobody has, and of seats that a bot plays for their holder."""
    if not lab.has_bots:
        return []
    played_by_people = {node for seat in session.seats.filter(bot_at=None) for node in seat.nodes}
    return [node for seat in lab.seats for node in seat.nodes if node not in played_by_people]


def begin(session: LabSession) -> None:
    """Let bots begin in a class lab that came from the pool, so it is ready already. In another lab the start does this."""
    if nodes := nodes_played(session, versions.of(session)):
        nodes_to_reset.mark(session, nodes)


def take_over(session: LabSession, seat: ClassSeat) -> bool:
    """Give the seat of a person who is away to a bot. Return whether the bot may have it.

    It may not if the person is there, if the lab has no bots, or while the nodes wait for a reset: what runs there then is not
    the person's work.
    """
    if not versions.of(session).has_bots:
        return False
    with transaction.atomic():
        if set(nodes_to_reset.lock(session).nodes_to_reset) & set(seat.nodes):
            return False
        away = ClassSeat.objects.filter(pk=seat.pk, bot_at=None).exclude(left_at=None)
        return bool(away.update(bot_at=timezone.now()))


def give_back(session: LabSession, seat: ClassSeat) -> Collection[str]:
    """Give a seat back to its holder. Return the nodes that must be reset: none if no bot has begun on them.

    The caller holds the session's row; so does ``keep_work`` before a bot begins.
    """
    bot_began = SeatWork.objects.filter(seat=seat).exists()
    ClassSeat.objects.filter(pk=seat.pk).update(left_at=None, bot_at=None)
    if seat.bot_at and not bot_began:
        nodes_to_reset.forget(session, seat.nodes)  # the holder's work is still on the nodes
    return seat.nodes if bot_began else ()


def work_on(client: LabClient, nodes: Sequence[str]) -> bytes | None:
    """Return the work on these nodes; None if the lab cannot save it, for example because it is too large."""
    try:
        return client.save(nodes=nodes, seconds=WORK_SECONDS).packed
    except LabFailed as error:
        logger.warning("The work on %s was not saved: %s", ", ".join(nodes), error)
        return None


def keep_work(session: LabSession, seat: ClassSeat, nodes: Sequence[str], packed: bytes | None) -> bool:
    """Keep the work of the person whose seat a bot plays from now on. Return whether the bot may begin.

    It may not if the person is back by now, if the work is too large, or if it could not be saved (None). Then nothing is reset.
    """
    fits = packed is not None and len(packed) <= LARGEST_WORK
    with transaction.atomic():
        nodes_to_reset.lock(session)
        if not ClassSeat.objects.filter(pk=seat.pk).exclude(bot_at=None).exists():
            return False
        if fits:
            SeatWork.objects.get_or_create(seat=seat, defaults={"packed": packed})
            return True
        ClassSeat.objects.filter(pk=seat.pk).update(bot_at=None)
        nodes_to_reset.forget(session, nodes)
    named = ", ".join(nodes)
    session.log(f"The work on {named} cannot be kept (at most {LARGEST_WORK >> 20} MB), so no bot takes the seat.")
    return False


def open_played_nodes(session: LabSession, nodes: Collection[str]) -> None:
    """Open nodes on which bots have typed: from now on the instructor can look into them.

    If a person sat down or came back while the bot typed, their nodes are reset once more: the solution is on them.
    """
    with transaction.atomic():
        nodes_to_reset.lock(session)
        theirs = {node for seat in session.seats.filter(bot_at=None) for node in seat.nodes} & set(nodes)
        nodes_to_reset.forget(session, set(nodes) - theirs)
        nodes_to_reset.mark(session, theirs)
        events.publish(session.pk, "seats")
