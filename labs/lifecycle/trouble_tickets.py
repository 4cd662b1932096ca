"""Trouble tickets: the permission to open one, its preparation, its clock, and the points of an attempt at it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from labs import events
from labs.capacity import admission
from labs.capacity.admission import MayNotStart
from labs.engine.grading.grading import Outcome, Verdict
from labs.engine.trouble_tickets import preparation
from labs.engine.trouble_tickets.preparation import PreparedTicket
from labs.lifecycle import fault_rungs, job_run, lab_access, lab_failure, ladder, new_sessions, resets
from labs.models import Attempt, Job, LabSession, State, TroubleTicket, WrongState
from labs.models.trouble_ticket import WHOLE, Rung
from labs.registry import versions
from vaka.accounts.models import User


def may_open(user: User, best: Attempt | None) -> bool:
    """Whether a user may open a lab as a trouble ticket: learners who have passed it may, and instructors."""
    return bool(user.is_instructor or (best and best.is_full))


def resume(session: LabSession, saved: LabSession) -> None:
    """Give a session that resumes the work of a trouble ticket the same ticket, with the learner's latest progress on it."""
    if old := saved.ticket:
        same = TroubleTicket.objects.filter(session__learner=saved.learner_id, session__lab=saved.lab, seed=old.seed)
        newest = same.exclude(opened_at=None).order_by("pk").last() or old
        copied = {
            name: getattr(newest, name) for name in ("rung", "fault", "made", "hints", "opened_at", "fixed_at", "spent")
        }
        TroubleTicket.objects.create(session=session, seed=old.seed, **copied)


def open_ticket(ticket: TroubleTicket, made: PreparedTicket) -> None:
    """Open the ticket: the fault is in the lab, so the learner may look, and the clock starts."""
    placed = made.placed
    ticket.made = {
        "report": made.report.as_json(),
        "cause": made.cause.as_json() if made.cause else None,
        "node": placed.node,
        "where": placed.where,
        "typed": list(placed.inject),
    }
    ticket.fault, ticket.opened_at = placed.key, timezone.now()
    ticket.save(update_fields=["made", "fault", "opened_at"])
    ticket.start_clock()


def result(ticket: TroubleTicket, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return the fields of an attempt at the ticket: all its points if every check of the lab passes, else none.

    If some checks could not be run and no other failed, the points are unknown: neither fixed nor not.
    """
    outcomes = {verdict.outcome for verdict in verdicts}
    blind = Outcome.UNKNOWN in outcomes and Outcome.FAILED not in outcomes
    fixed = outcomes == {Outcome.PASSED}
    score = {"score": ticket.points if fixed else 0, "out_of": WHOLE, "unknown": WHOLE if blind else 0}
    return {
        **score,
        "fault": ticket.fault,
        "fault_seed": ticket.seed,
        "hints": ticket.hints,
        "seconds": round(ticket.seconds, 1),
    }


@dataclass
class Judging:
    fixed: bool = False


def _rank(session: LabSession, ticket: TroubleTicket) -> preparation.Rank:
    """Return the order in which faults are tried. A ticket with the seed of an earlier one has the same fault again."""
    same = TroubleTicket.objects.filter(session__lab=session.lab, seed=ticket.seed, opened_at__isnull=False).first()
    if same:
        return lambda fault: (int(fault != same.fault.partition("@")[0]), 0)
    if ticket.rung is None or session.learner is None:
        return preparation.no_rank
    return fault_rungs.rank(Rung(ticket.rung), ladder.had(session.learner, ticket))


def follow(session: LabSession) -> None:
    """Request the trouble ticket for which its learner has stopped a session. Nothing happens if they may not start a lab."""
    if session.next_rung is None or session.learner is None:
        return
    with suppress(MayNotStart, versions.NoSuchLab, IntegrityError), transaction.atomic():
        admission.require_may_start(session.learner)
        new = new_sessions.with_ticket(session.learner, versions.newest(session.lab), Rung(session.next_rung))
        new.log(f"User {session.learner_id} requests {new.lab} {new.lab_version} as a ticket, after {session.pk}.")


@contextmanager
def clock_stopped(session: LabSession, at: datetime) -> Iterator[Judging]:
    """Stop the ticket's clock while an attempt is graded, as of the moment when the learner asked.

    Afterwards the clock runs on, unless the caller has set ``fixed``.
    """
    judging, ticket = Judging(), session.ticket
    if ticket:
        ticket.stop_clock(at)
        ticket.refresh_from_db()
    try:
        yield judging
    finally:
        if ticket:
            if judging.fixed:
                ticket.fix(at)
            ticket.start_clock()


def prepare(job_id: int) -> None:
    """Solve a lab that has started, and put a fault into it. If that fails, the session fails: it is of no use to its learner."""
    job = job_run.take(job_id, Job.Kind.TICKET)
    if job is None:
        return
    job_run.run(job, lambda: _prepare(job))
    job.refresh_from_db()
    if job.error:
        end_without_ticket(job)


def end_without_ticket(job: Job) -> None:
    """Fail the session of a trouble ticket that could not be prepared, with the job's error for the learner."""
    with suppress(WrongState):
        lab_failure.fail(job.session, job.error, job.detail)
        lab_access.remove_container(job.session)


def _prepare(job: Job) -> None:
    session = job.session
    ticket = session.ticket
    if ticket is None or ticket.opened_at:
        return
    lab = versions.of(session)
    if not TroubleTicket.objects.filter(pk=ticket.pk, made={}).update(made={"begun": True}):
        resets.reset_nodes(job)  # a worker that was killed had begun; nobody knows how far it came

    def publish(step: str) -> None:
        events.publish(session.pk, "job", kind=job.kind, over=False, step=step)

    made = preparation.prepare(lab_access.client_of(session), lab, ticket.seed, publish, rank=_rank(session, ticket))
    # The learner's changes are compared with the lab as they found it
    found = {"initial_state": lab_access.read_nodes(session, lab), "ends": lab_access.read_link_states(session, lab)}
    LabSession.objects.filter(pk=session.pk, state=State.READY).update(**found)
    open_ticket(ticket, made)
