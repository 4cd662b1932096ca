"""Class labs: one session that several share, each with nodes of his own. The session is its instructor's; a seat is a row."""

from collections.abc import Mapping

from django.db import transaction

from labs import events, published, services
from labs.models import LabSession, Seat
from vaka.accounts.models import User


def begin(instructor: User, lab: str, people: Mapping[str, User]) -> LabSession:
    """Start a class lab; ``people`` says who gets which seat of the lab. Pressed twice, it is one. Raises HasAnother."""
    plans = {plan.id: plan.nodes for plan in published.newest(lab).seats}
    with transaction.atomic():
        live = LabSession.objects.live().of(instructor).first()
        if live and not live.seats.exists():
            raise services.HasAnother(live)  # a lab of his own does not become the class's
        session = services.request_session(instructor, lab)
        for seat, person in people.items():
            put(session, person, plans[seat])
    return session


def put(session: LabSession, person: User, nodes: tuple[str, ...] | list[str]) -> None:
    """Give somebody a seat, or another one than he has."""
    with transaction.atomic():
        Seat.objects.update_or_create(session=session, user=person, defaults={"nodes": list(nodes)})
        _tell(session, f"User {person.pk} sits at {', '.join(nodes)}.")


def remove(session: LabSession, person: User) -> bool:
    """Take somebody's seat away: his terminals close at once."""
    with transaction.atomic():
        removed, _rows = Seat.objects.filter(session=session, user=person).delete()
        if removed:
            _tell(session, f"User {person.pk} has no seat any more.")
    return bool(removed)


def _tell(session: LabSession, text: str) -> None:
    events.publish(session.pk, "seats")  # pages read themselves anew, and the gateway looks at all rights
    session.log(text)
