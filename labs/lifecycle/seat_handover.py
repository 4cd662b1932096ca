"""The job that prepares the nodes of a class-lab seat for its next holder: a person, or a bot (labs.lifecycle.bots).

It resets the nodes. No shell, shell history, file or program of the last holder remains. Then a person begins, or gets back the
work that they had, or a bot types the solution. People come first, and one job takes only so many seats as it has time for: else a
person who sits down while 24 bots begin would wait for all of them, and a slow server would end the job before its first bot types.

The nodes wait in ``labs.lifecycle.nodes_to_reset``. The job runs as soon as no other job runs in the lab. If it was lost, beat
asks for it again.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from labs import events
from labs.engine.definition.solution import typed
from labs.engine.definition.spec import Lab, SeatPlan
from labs.engine.runtime.shell import type_lines
from labs.engine.shared import pace
from labs.lifecycle import bots, check_statuses, job_run, lab_access, nodes_to_reset, resets
from labs.models import ClassSeat, Job, LabSession, SeatWork, State
from labs.registry import versions

MOST_SECONDS = pace.seconds(15.0)  # after which a job begins with no further seat


@dataclass(frozen=True, slots=True)
class Turn:
    """Nodes that are reset together, and their next holder: a person, with or without the work that they had, or a bot."""

    nodes: Sequence[str]
    seat: ClassSeat | None  # None: nobody has these nodes
    checks: Sequence[str] = ()  # ids of the checks that count for this seat alone
    is_bot: bool = False
    work: bytes | None = None
    assisted: Sequence[str] = ()  # ids of stages that the site does: after the reset their solution is typed

    @property
    def keeps_work(self) -> bool:
        """Whether the work of somebody who is away must be kept before the bot begins."""
        return self.seat is not None and self.is_bot and not SeatWork.objects.filter(seat=self.seat).exists()


def turns(session: LabSession, lab: Lab) -> Iterator[Turn]:
    """Yield the nodes that must be reset, by seat. Nodes that the lab does not have any more are forgotten."""
    waiting = [node for node in session.nodes_to_reset if node in lab.nodes]
    if gone := set(session.nodes_to_reset) - set(waiting):
        nodes_to_reset.forget(session, gone)
    seats = list(session.seats.all())
    for plan in lab.seats:
        nodes = [node for node in plan.nodes if node in waiting]
        waiting = [node for node in waiting if node not in nodes]
        seat = next((seat for seat in seats if set(seat.nodes) & set(nodes)), None)
        if nodes:
            yield _turn(lab, plan, nodes, seat)
    for node in waiting:  # of a class lab that was made before its author changed the seats
        yield Turn([node], next((seat for seat in seats if node in seat.nodes), None))


def _turn(lab: Lab, plan: SeatPlan, nodes: Sequence[str], seat: ClassSeat | None) -> Turn:
    checks = [check.id for check in lab.checks() if check.seat == plan.id]
    if lab.has_bots and (seat is None or seat.bot_at):
        return Turn(nodes, seat, checks, is_bot=True)
    kept = SeatWork.objects.filter(seat=seat).first() if seat else None
    if kept:  # it holds what the site did
        return Turn(nodes, seat, checks, work=bytes(kept.packed))
    return Turn(nodes, seat, checks, assisted=seat.assisted if seat else ())


def open_to_holder(session: LabSession, turn: Turn) -> None:
    """Open nodes to their new holder. From now on saves hold this person's work. A holder who came back has their own work."""
    with transaction.atomic():
        nodes_to_reset.lock(session)
        now = session.seats.filter(bot_at=None)
        holders = [seat.pk for seat in now if set(seat.nodes) & set(turn.nodes)]
        if holders != ([turn.seat.pk] if turn.seat else []):
            return  # the seat has changed hands meanwhile: its mark stays, and the next job resets it
        nodes_to_reset.forget(session, turn.nodes)
        if turn.seat and turn.work is not None:
            SeatWork.objects.filter(seat=turn.seat).delete()
        elif turn.seat:
            ClassSeat.objects.filter(pk=turn.seat.pk).update(since=timezone.now(), worked_at=None)
        events.publish(session.pk, "seats")


def request(session: LabSession) -> Job | None:
    """Open the job. Return None if there is nothing to reset, or if another job runs: then beat asks again."""
    if not LabSession.objects.filter(pk=session.pk, state=State.READY).exclude(nodes_to_reset=[]).exists():
        return None
    try:
        with transaction.atomic():
            job = session.jobs.create(kind=Job.Kind.HANDOVER)
            events.publish(session.pk, "job", kind=job.kind, over=False)
    except IntegrityError:
        return None
    return job


def due() -> list[Job]:
    """Open the job in each lab that has nodes to reset. Return the jobs that were opened."""
    waiting = LabSession.objects.filter(state=State.READY).exclude(nodes_to_reset=[])
    return [job for session in waiting if (job := request(session))]


def hand_over(job_id: int) -> bool:
    """Reset the nodes of seats that change hands. After the last of them the new holders may use them.

    Return whether it got any further. Else beat asks again, after some seconds.
    """
    job = job_run.take(job_id, Job.Kind.HANDOVER)
    if job is None:
        return False
    job.session.refresh_from_db(fields=["nodes_to_reset"])
    waiting = set(job.session.nodes_to_reset)
    return job_run.run(job, lambda: _hand_over(job)) and bool(waiting - set(job.session.nodes_to_reset))


def _hand_over(job: Job) -> None:
    session = job.session
    lab, client = versions.of(session), lab_access.client_of(job.session)
    by_bots: dict[str, Sequence[str]] = {}
    begun = time.monotonic()
    for place, turn in enumerate(sorted(turns(session, lab), key=lambda turn: turn.is_bot)):
        if place and time.monotonic() - begun > MOST_SECONDS:
            break  # the next job goes on
        if turn.seat and turn.keeps_work:
            work = bots.work_on(client, turn.nodes)
            if not bots.keep_work(session, turn.seat, turn.nodes, work):
                continue
        for node in turn.nodes:
            resets.reset_nodes(job, node, save=turn.work)
        check_statuses.forget_passes(session, turn.nodes, turn.checks)
        if turn.is_bot:
            solved = typed(lab)
            by_bots |= {node: solved.get(node, ()) for node in turn.nodes}
            continue
        if turn.assisted:
            done = typed(lab, turn.assisted)
            type_lines(client, {node: done.get(node, ()) for node in turn.nodes}, seconds=settings.LAB_START_SECONDS)
        open_to_holder(session, turn)
    if by_bots:
        # In the background of the class: nobody waits for a bot
        type_lines(client, by_bots, seconds=settings.LAB_START_SECONDS)
        bots.open_played_nodes(session, by_bots)
