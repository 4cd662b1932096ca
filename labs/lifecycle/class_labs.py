"""Class labs: one session that several people share, each with nodes of their own.

The session belongs to the instructor; each person's place is a ClassSeat. If the lab's seats are alike, bots play those that
nobody has (labs.lifecycle.bots), and people sit down, stand up and come back by themselves. ``labs.lifecycle.seat_handover``
prepares the nodes. A class lab is resumed as any other lab is (``services.resume``).
"""

from collections.abc import Collection, Mapping

from django.db import transaction
from django.utils import timezone

from labs import events
from labs.lifecycle import bots, check_statuses, nodes_to_reset, services, shown_stages
from labs.models import ClassSeat, LabSession, State, WrongState
from labs.registry import versions
from vaka.accounts.models import User


class NoFreeSeat(Exception):
    """There is no seat to take: the chosen one is taken, all are taken, or the person has one already."""


def begin(instructor: User, lab: str, people: Mapping[str, User]) -> LabSession:
    """Start a class lab; ``people`` has the person of each seat. Two presses start one lab. Raises HasAnother."""
    plans = {plan.id: plan.nodes for plan in versions.newest(lab).seats}
    with transaction.atomic():
        live = LabSession.objects.live().of(instructor).first()
        if live and not (live.is_class or live.seats.exists()):
            raise services.HasAnother(live)  # the instructor's own lab does not become a class lab
        session = services.request_session(instructor, lab, for_class=True)
        for seat, person in people.items():
            put(session, person, plans[seat])
        if live is None:
            bots.begin(session)
            services.hand_over(session)
    return session


def put(session: LabSession, person: User, nodes: Collection[str]) -> None:
    """Give a person this seat instead of the one that they have, if any. A person who had it before loses it."""
    nodes = list(nodes)
    with transaction.atomic():
        nodes_to_reset.lock(session)
        before = session.seats.filter(user=person).first()
        if before and before.nodes == nodes:
            return
        for seat in session.seats.exclude(user=person):
            if set(seat.nodes) & set(nodes):
                seat.delete()
                session.log(f"User {seat.user_id} lost their seat.")
        if before:
            before.delete()
        opened = before.opened_at if before else None
        ClassSeat.objects.create(session=session, user=person, nodes=nodes, opened_at=opened)
        old = before.nodes if before else ()
        announce_change(session, {*nodes, *old}, f"User {person.pk} has the seat at {', '.join(nodes)}.")


def sit_down(session: LabSession, person: User, seat: str = "") -> None:
    """Give a person the free seat that they chose, or the first free one; or let them come back to the seat that they have.

    Raises NoFreeSeat, and NoSuchLab if the version of the lab is gone. Of two people who choose one seat, the second is refused.
    """
    with transaction.atomic():
        nodes_to_reset.lock(session)
        own = session.seats.filter(user=person).first()
        if own:
            _come_back(session, own)
            record_opened(session, person)
            return
        taken = {node for other in session.seats.all() for node in other.nodes}
        free = [plan for plan in versions.of(session).seats if not taken & set(plan.nodes)]
        chosen = next((plan for plan in free if seat in ("", plan.id)), None)
        if chosen is None or person.pk == session.learner_id:
            raise NoFreeSeat(seat)
        put(session, person, chosen.nodes)
        record_opened(session, person)


def record_opened(session: LabSession, person: User) -> None:
    """Write that the holder of a seat, if the person is one, has opened the class lab themselves."""
    ClassSeat.objects.filter(session=session, user=person, opened_at=None).update(opened_at=timezone.now())


def _come_back(session: LabSession, seat: ClassSeat) -> None:
    """Let the holder of a seat go on. The caller holds the session's row."""
    if seat.is_away or seat.bot_at:
        to_reset = bots.give_back(session, seat)
        announce_change(session, to_reset, f"User {seat.user_id} is back at {', '.join(seat.nodes)}.")


def stand_up(session: LabSession, person: User) -> bool:
    """Let a person leave their seat. It stays theirs. Their terminals close at once; the programs on the nodes run on."""
    with transaction.atomic():
        nodes_to_reset.lock(session)
        here = ClassSeat.objects.filter(session=session, user=person, left_at=None)
        if not here.update(left_at=timezone.now(), check_asked_at=None):
            return False
        announce_change(session, (), f"User {person.pk} stood up.")
    return True


def let_bot_play(session: LabSession, seat: ClassSeat) -> bool:
    """Let a bot play the seat of a person who is away, if it may (``bots.take_over``). Return whether it does."""
    with transaction.atomic():
        if not bots.take_over(session, seat):
            return False
        announce_change(session, seat.nodes, f"A bot plays the seat of user {seat.user_id}.")
    return True


def remove(session: LabSession, person: User) -> bool:
    """Remove a person's seat. Their terminals close at once, and the nodes are reset."""
    with transaction.atomic():
        nodes_to_reset.lock(session)
        seat = ClassSeat.objects.filter(session=session, user=person).first()
        if seat is None:
            return False
        seat.delete()
        announce_change(session, seat.nodes, f"User {person.pk} lost their seat.")
    return True


def reset_seat(session: LabSession, seat: ClassSeat) -> None:
    """Reset the nodes of a seat to the beginning of the lab; its holder stays. The work on them is lost.

    Raises WrongState if the lab is not ready, or a bot plays the seat.
    """
    _begin_again(session, seat, (), f"The seat of user {seat.user_id} is reset.")


def skip_to_stage(session: LabSession, seat: ClassSeat, stage: str) -> None:
    """Skip to the beginning of a stage on the nodes of a seat: the stages before it give its holder no points.

    They are assisted until the seat is reset or has another holder, and shown to this holder for good (``shown_stages``).

    Raises WrongState as ``reset_seat`` does, if nothing comes before the stage, and if the seats of the lab are not alike.
    """
    try:
        lab = versions.of(session)
        done = lab.before(stage)
    except (KeyError, versions.NoSuchLab):
        done = ()
    if not done or not lab.has_bots:
        raise WrongState(f"No seat of {session} can skip to {stage}.")
    _begin_again(session, seat, done, f"The seat of user {seat.user_id} skips to {stage}.")


def _begin_again(session: LabSession, seat: ClassSeat, assisted: Collection[str], text: str) -> None:
    with transaction.atomic():
        nodes_to_reset.lock(session)
        mine = ClassSeat.objects.filter(pk=seat.pk, bot_at=None, session__state=State.READY)
        if not mine.update(assisted=list(assisted)):
            raise WrongState(f"Nobody works at {seat}.")
        shown_stages.record_at(session, seat, assisted)
        announce_change(session, seat.nodes, text)


def announce_change(session: LabSession, nodes: Collection[str], text: str) -> None:
    nodes_to_reset.mark(session, nodes)
    check_statuses.forget(session, nodes)
    # Pages reload their content, and the gateway checks its permissions
    events.publish(session.pk, "seats")
    session.log(text)
    services.hand_over(session)
