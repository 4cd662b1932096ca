"""A seat of a class lab changes hands. Its nodes are reset: no shell, record of a shell, file or program of before remains.

Then a person begins, or comes back to the work that they had, or a bot types the solution.

``LabSession.nodes_to_reset`` names the nodes that must still be reset. Nobody may open a terminal on these
(labs.terminals.permissions, labs.views.lab_page). A job resets them as soon as no other job runs in the lab; beat asks for it
again if it was lost.
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from labs import events
from labs.engine.definition.solution import typed
from labs.engine.definition.spec import Lab, SeatPlan
from labs.engine.errors import LabFailed
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.shell import type_lines
from labs.engine.shared import pace
from labs.lifecycle import check_statuses, job_run, lab_access, resets
from labs.models import ClassSeat, Job, LabSession, SeatWork, State
from labs.registry import versions

logger = logging.getLogger(__name__)

LARGEST_WORK = 4 << 20  # bytes of the work of one seat
WORK_SECONDS = pace.seconds(20.0)  # that a lab has to save the work of a seat that changes hands


def lock(session: LabSession) -> LabSession:
    """Lock the session's row until the end of the transaction, and return it as it is now.

    Whoever changes seats holds it before any seat: then two of them never wait for each other.
    """
    return LabSession.objects.select_for_update().get(pk=session.pk)


def mark(session: LabSession, nodes: Collection[str]) -> None:
    """Close these nodes until they are reset. A lab that has not started, and resumes no work, needs no reset."""
    with transaction.atomic():
        now = lock(session)
        if now.ready_at is None and now.resumes_id is None:
            return
        now.nodes_to_reset = sorted({*now.nodes_to_reset, *nodes})
        now.save(update_fields=["nodes_to_reset"])
    session.nodes_to_reset = now.nodes_to_reset


@dataclass(frozen=True, slots=True)
class Turn:
    """Nodes that are reset together, and who plays them then: a person, with the work that they had or without, or a bot."""

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
        forget(session, gone)
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


def keep_work(session: LabSession, turn: Turn, packed: bytes | None) -> bool:
    """Keep the work of the person whose seat a bot plays from now on. Return whether the bot may begin.

    It may not if the person is back by now, or if the work is too large or could not be saved (None): then the nodes run on.
    """
    fits = packed is not None and len(packed) <= LARGEST_WORK
    with transaction.atomic():
        lock(session)
        seat = ClassSeat.objects.filter(pk__in=[turn.seat.pk] if turn.seat else []).exclude(bot_at=None).first()
        if seat is None:
            return False
        if fits:
            SeatWork.objects.get_or_create(seat=seat, defaults={"packed": packed})
            return True
        ClassSeat.objects.filter(pk=seat.pk).update(bot_at=None)
        forget(session, turn.nodes)
    named = ", ".join(turn.nodes)
    session.log(f"The work on {named} cannot be kept (at most {LARGEST_WORK >> 20} MB), so no bot takes the seat.")
    return False


def open_nodes(session: LabSession, turn: Turn) -> None:
    """Open nodes to their new holder. Later saves are the holder's work. A holder who came back has their own work again."""
    with transaction.atomic():
        lock(session)
        now = session.seats.filter(bot_at=None)
        holders = [seat.pk for seat in now if set(seat.nodes) & set(turn.nodes)]
        if holders != ([turn.seat.pk] if turn.seat else []):
            return  # the seat has changed hands meanwhile: its mark stays, and the next job resets it
        forget(session, turn.nodes)
        if turn.seat and turn.work is not None:
            SeatWork.objects.filter(seat=turn.seat).delete()
        elif turn.seat:
            ClassSeat.objects.filter(pk=turn.seat.pk).update(since=timezone.now())
        events.publish(session.pk, "seats")


def open_bots(session: LabSession, nodes: Collection[str]) -> None:
    """Open the nodes of bots, which the instructor can look into.

    Whoever sat down or came back while the bot typed gets nodes that are reset once more: a bot types the solution.
    """
    with transaction.atomic():
        lock(session)
        theirs = {node for seat in session.seats.filter(bot_at=None) for node in seat.nodes} & set(nodes)
        forget(session, set(nodes) - theirs)
        mark(session, theirs)
        events.publish(session.pk, "seats")


def forget(session: LabSession, nodes: Collection[str]) -> None:
    """Open these nodes as they are: they need no reset."""
    with transaction.atomic():
        now = lock(session)
        now.nodes_to_reset = [name for name in now.nodes_to_reset if name not in nodes]
        now.save(update_fields=["nodes_to_reset"])
    session.nodes_to_reset = now.nodes_to_reset


def nodes_of_bots(session: LabSession, lab: Lab) -> list[str]:
    """Return the nodes that bots play: those of seats that nobody has, and of seats that a bot plays for their holder."""
    if not lab.has_bots:
        return []
    played_by_people = {node for seat in session.seats.filter(bot_at=None) for node in seat.nodes}
    return [node for seat in lab.seats for node in seat.nodes if node not in played_by_people]


def let_bots_begin(session: LabSession) -> None:
    """Let bots begin in a class lab that is ready already, from the pool. Else the start does it."""
    if nodes := nodes_of_bots(session, versions.of(session)):
        mark(session, nodes)


def ask(session: LabSession) -> Job | None:
    """Open the job; None if there is nothing to reset, or if another job runs: then beat asks again."""
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
    return [job for session in waiting if (job := ask(session))]


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
    for turn in turns(session, lab):
        if turn.keeps_work and not keep_work(session, turn, _work_on(client, turn.nodes)):
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
        open_nodes(session, turn)
    if by_bots:
        # In the background of the class: nobody waits for a bot
        type_lines(client, by_bots, seconds=settings.LAB_START_SECONDS)
        open_bots(session, by_bots)


def _work_on(client: LabClient, nodes: Sequence[str]) -> bytes | None:
    """Return the work on these nodes; None if the lab cannot save it, for example because it is too large."""
    try:
        return client.save(nodes=nodes, seconds=WORK_SECONDS).packed
    except LabFailed as error:
        logger.warning("The work on %s was not saved: %s", ", ".join(nodes), error)
        return None
