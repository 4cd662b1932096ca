"""Attempts in a class lab, each about one person's work. Each person asks for themselves, and nobody waits for a free lab to ask.

A lab has one open job. A person who asks while another job is open is noted on their seat (``ClassSeat.check_asked_at``). When an
attempt begins, it takes everybody who has asked by then, and grades their checks together. Those who ask later get the next one,
which the task after a job, or beat, opens.
"""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from labs import events
from labs.models import ClassSeat, Job, LabSession, State


def request(seat: ClassSeat) -> None:
    """Note that the holder of the seat wants their work checked, if the lab runs. A second request changes nothing."""
    here = ClassSeat.objects.filter(pk=seat.pk, check_asked_at=None, left_at=None, session__state=State.READY)
    here.update(check_asked_at=timezone.now(), opened_at=Coalesce("opened_at", timezone.now()))


def request_for_all(session: LabSession) -> None:
    """Note that the work of everybody who sits there is to be checked: the lab is to be stopped. Each of them keeps their points,
    also if one of them has asked for a check just now.
    """
    here = ClassSeat.objects.filter(session=session, left_at=None, check_asked_at=None, session__state=State.READY)
    here.exclude(opened_at=None).update(check_asked_at=timezone.now())


def are_waiting(session: LabSession) -> bool:
    """Whether somebody waits for a check, and it need not wait until their nodes are reset."""
    asking = ClassSeat.objects.filter(session=session, session__state=State.READY).exclude(check_asked_at=None)
    return any(not set(seat.session.nodes_to_reset) & set(seat.nodes) for seat in asking.select_related("session"))


def take(session: LabSession) -> Sequence[ClassSeat]:
    """Return the seats that an attempt is about, and close their requests: of the people who asked, otherwise of all who sit there.

    A seat whose nodes must still be reset is left out: what runs there is the work of somebody else, or of a bot. So is a seat
    whose holder has not opened the class lab: an instructor has given it to them, and may type there.
    """
    with transaction.atomic():
        here = graded_together(session, ClassSeat.objects.select_for_update(no_key=True))
        asking = [seat for seat in here if seat.check_asked_at]
        somebody_asks = ClassSeat.objects.filter(session=session, left_at=None).exclude(check_asked_at=None).exists()
        ClassSeat.objects.filter(pk__in=[seat.pk for seat in asking]).update(check_asked_at=None)
        return asking if somebody_asks else here


def graded_together(session: LabSession, seats: QuerySet[ClassSeat] | None = None) -> Sequence[ClassSeat]:
    """Return the seats that an attempt is about for which nobody has asked: of all who sit there and have opened the class lab."""
    return _of_their_holders(session, (ClassSeat.objects.all() if seats is None else seats).exclude(opened_at=None))


def is_graded(session: LabSession, seat: ClassSeat) -> bool:
    """Whether ``graded_together`` has the seat, by these rows as they were read: for many labs at once."""
    return seat.left_at is None and seat.opened_at is not None and not set(session.nodes_to_reset) & set(seat.nodes)


def seated(session: LabSession) -> Sequence[ClassSeat]:
    """Return the seats whose holders sit there. An ungraded check is about all of them, and is no attempt of anybody."""
    return _of_their_holders(session, ClassSeat.objects.all())


def _of_their_holders(session: LabSession, seats: QuerySet[ClassSeat]) -> list[ClassSeat]:
    waiting = set(LabSession.objects.get(pk=session.pk).nodes_to_reset)
    return [seat for seat in seats.filter(session=session, left_at=None) if not waiting & set(seat.nodes)]


def due() -> list[Job]:
    """Open an attempt in each lab in which somebody waits for one and no job is open. Return the jobs that were opened.

    A seat whose nodes must be reset first waits for that.
    """
    asking = ClassSeat.objects.exclude(check_asked_at=None).filter(session__state=State.READY).select_related("session")
    waiting = {seat.session for seat in asking if not set(seat.session.nodes_to_reset) & set(seat.nodes)}
    opened = []
    for session in waiting:
        try:
            with transaction.atomic():
                opened.append(session.jobs.create(kind=Job.Kind.ATTEMPT))
                events.publish(session.pk, "job", kind=Job.Kind.ATTEMPT, over=False)
        except IntegrityError:
            continue  # a job is open: the next call finds it ended
    return opened
