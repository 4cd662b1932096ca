"""A seat of a class lab changes hands. Its nodes are made anew: no shell, no record of one, no file and no program of before.

``LabSession.handed_over`` names the nodes that are still to be made anew. Nobody may type on these or look at them
(labs.terminals.permissions, labs.views.lab_page). A job makes them new as soon as nothing else is done to the lab;
beat asks for it again, whatever was lost.
"""

from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.utils import timezone

from labs import events
from labs.models import ClassSeat, Job, LabSession, State


def mark(session: LabSession, nodes: Collection[str]) -> None:
    """Nobody may be at these nodes until they are new. In a lab that has not started, with no work to come back, they are."""
    with transaction.atomic():
        now = LabSession.objects.select_for_update().get(pk=session.pk)
        if now.ready_at is None and now.resumes_id is None:
            return
        now.handed_over = sorted({*now.handed_over, *nodes})
        now.save(update_fields=["handed_over"])
    session.handed_over = now.handed_over


def is_new(session: LabSession, node: str) -> None:
    """Let people there again. What is saved from now on is of who sits there now."""
    with transaction.atomic():
        now = LabSession.objects.select_for_update().get(pk=session.pk)
        now.handed_over = [name for name in now.handed_over if name != node]
        now.save(update_fields=["handed_over"])
        sit_there = [seat.pk for seat in now.seats.all() if node in seat.nodes]
        ClassSeat.objects.filter(pk__in=sit_there).update(since=timezone.now())
        events.publish(session.pk, "seats")
    session.handed_over = now.handed_over


def ask(session: LabSession) -> Job | None:
    """Open the job; None if there is nothing to do, or if something else is being done: then it is asked for again."""
    if not LabSession.objects.filter(pk=session.pk, state=State.READY).exclude(handed_over=[]).exists():
        return None
    try:
        with transaction.atomic():
            job = session.jobs.create(kind=Job.Kind.HAND_OVER)
            events.publish(session.pk, "job", kind=job.kind, over=False)
    except IntegrityError:
        return None
    return job


def due() -> list[Job]:
    """Open the job in each lab that has something to hand over; those that were opened."""
    waiting = LabSession.objects.filter(state=State.READY).exclude(handed_over=[])
    return [job for session in waiting if (job := ask(session))]
