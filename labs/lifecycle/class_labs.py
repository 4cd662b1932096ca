"""Class labs: one session that several share, each with nodes of their own. The session is its instructor's; a seat is a row."""

from collections.abc import Collection, Mapping

from django.db import transaction

from labs import events
from labs.lifecycle import seat_handover, services
from labs.models import ClassSeat, LabSession
from labs.registry import versions
from vaka.accounts.models import User


def begin(instructor: User, lab: str, people: Mapping[str, User]) -> LabSession:
    """Start a class lab; ``people`` says who gets which seat of the lab. Pressed twice, it is one. Raises HasAnother."""
    plans = {plan.id: plan.nodes for plan in versions.newest(lab).seats}
    with transaction.atomic():
        live = LabSession.objects.live().of(instructor).first()
        if live and not live.seats.exists():
            raise services.HasAnother(live)  # a lab of their own does not become the class's
        session = services.request_session(instructor, lab)
        for seat, person in people.items():
            put(session, person, plans[seat])
    return session


def put(session: LabSession, person: User, nodes: Collection[str]) -> None:
    """Give somebody a seat, or another one than they have. Who had it before has none then."""
    nodes = list(nodes)
    with transaction.atomic():
        before = session.seats.filter(user=person).first()
        if before and before.nodes == nodes:
            return
        for seat in session.seats.exclude(user=person):
            if set(seat.nodes) & set(nodes):
                seat.delete()
                session.log(f"User {seat.user_id} has no seat any more.")
        ClassSeat.objects.update_or_create(session=session, user=person, defaults={"nodes": nodes})
        changes_hands(
            session, {*nodes, *(before.nodes if before else ())}, f"User {person.pk} sits at {', '.join(nodes)}."
        )


def remove(session: LabSession, person: User) -> bool:
    """Take somebody's seat away: their terminals close at once, and the nodes are made anew."""
    with transaction.atomic():
        seat = ClassSeat.objects.select_for_update().filter(session=session, user=person).first()
        if seat is None:
            return False
        seat.delete()
        changes_hands(session, seat.nodes, f"User {person.pk} has no seat any more.")
    return True


def changes_hands(session: LabSession, nodes: Collection[str], text: str) -> None:
    seat_handover.mark(session, nodes)
    events.publish(session.pk, "seats")  # pages read themselves anew, and the gateway looks at all rights
    session.log(text)
    services.hand_over(session)
