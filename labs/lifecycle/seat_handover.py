"""A seat of a class lab changes hands. Its nodes are reset: no shell, record of a shell, file or program of before remains.

``LabSession.nodes_to_reset`` names the nodes that must still be reset. Nobody may open a terminal on these
(labs.terminals.permissions, labs.views.lab_page). A job resets them as soon as no other job runs in the lab; beat asks for it
again if it was lost.
"""

from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.utils import timezone

from labs import events
from labs.models import ClassSeat, Job, LabSession, State


def mark(session: LabSession, nodes: Collection[str]) -> None:
    """Close these nodes until they are reset. A lab that has not started, and resumes no work, needs no reset."""
    with transaction.atomic():
        now = LabSession.objects.select_for_update().get(pk=session.pk)
        if now.ready_at is None and now.resumes_id is None:
            return
        now.nodes_to_reset = sorted({*now.nodes_to_reset, *nodes})
        now.save(update_fields=["nodes_to_reset"])
    session.nodes_to_reset = now.nodes_to_reset


def open_node(session: LabSession, node: str) -> None:
    """Open a node to its new holder. What is saved from now on is their work."""
    with transaction.atomic():
        now = LabSession.objects.select_for_update().get(pk=session.pk)
        now.nodes_to_reset = [name for name in now.nodes_to_reset if name != node]
        now.save(update_fields=["nodes_to_reset"])
        sit_there = [seat.pk for seat in now.seats.all() if node in seat.nodes]
        ClassSeat.objects.filter(pk__in=sit_there).update(since=timezone.now())
        events.publish(session.pk, "seats")
    session.nodes_to_reset = now.nodes_to_reset


def ask(session: LabSession) -> Job | None:
    """Open the job; None if there is nothing to reset, or if another job runs: then beat asks again."""
    if not LabSession.objects.filter(pk=session.pk, state=State.READY).exclude(nodes_to_reset=[]).exists():
        return None
    try:
        with transaction.atomic():
            job = session.jobs.create(kind=Job.Kind.HAND_OVER)
            events.publish(session.pk, "job", kind=job.kind, over=False)
    except IntegrityError:
        return None
    return job


def due() -> list[Job]:
    """Open the job in each lab that has nodes to reset. Return the jobs that were opened."""
    waiting = LabSession.objects.filter(state=State.READY).exclude(nodes_to_reset=[])
    return [job for session in waiting if (job := ask(session))]
