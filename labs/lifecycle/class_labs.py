"""Class labs: one session that several people share, each with nodes of their own.

The session belongs to the instructor; each person's place is a ClassSeat.
"""

from collections.abc import Collection, Mapping

from django.db import transaction

from labs import events
from labs.lifecycle import seat_handover, services
from labs.models import ClassSeat, LabSession
from labs.registry import versions
from vaka.accounts.models import User


def begin(instructor: User, lab: str, people: Mapping[str, User]) -> LabSession:
    """Start a class lab; ``people`` says who gets which seat of the lab. Two presses start one lab. Raises HasAnother."""
    plans = {plan.id: plan.nodes for plan in versions.newest(lab).seats}
    with transaction.atomic():
        live = LabSession.objects.live().of(instructor).first()
        if live and not live.seats.exists():
            raise services.HasAnother(live)  # the instructor's own lab does not become a class lab
        session = services.request_session(instructor, lab)
        for seat, person in people.items():
            put(session, person, plans[seat])
    return session


def put(session: LabSession, person: User, nodes: Collection[str]) -> None:
    """Give a person a seat, or another one than they have. A person who had it before loses it."""
    nodes = list(nodes)
    with transaction.atomic():
        before = session.seats.filter(user=person).first()
        if before and before.nodes == nodes:
            return
        for seat in session.seats.exclude(user=person):
            if set(seat.nodes) & set(nodes):
                seat.delete()
                session.log(f"User {seat.user_id} lost their seat.")
        ClassSeat.objects.update_or_create(session=session, user=person, defaults={"nodes": nodes})
        old = before.nodes if before else ()
        announce_change(session, {*nodes, *old}, f"User {person.pk} has the seat at {', '.join(nodes)}.")


def remove(session: LabSession, person: User) -> bool:
    """Remove a person's seat. Their terminals close at once, and the nodes are reset."""
    with transaction.atomic():
        seat = ClassSeat.objects.select_for_update().filter(session=session, user=person).first()
        if seat is None:
            return False
        seat.delete()
        announce_change(session, seat.nodes, f"User {person.pk} lost their seat.")
    return True


def announce_change(session: LabSession, nodes: Collection[str], text: str) -> None:
    seat_handover.mark(session, nodes)
    # Pages reload their content, and the gateway checks its permissions
    events.publish(session.pk, "seats")
    session.log(text)
    services.hand_over(session)
