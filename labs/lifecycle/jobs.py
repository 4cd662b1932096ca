"""What Celery does to a lab because somebody asked: checks, resets, jumps, saves, tickets, seats. Each is a Job.

As in ``labs.lifecycle.worker``: every function may be called twice, late and out of order.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.utils import timezone

from labs import events, failures
from labs.engine.definition import stimulus
from labs.engine.definition.solution import typed
from labs.engine.definition.spec import Lab
from labs.engine.errors import EngineError, LabGone, OutOfMemory, TookTooLong
from labs.engine.grading.grading import Outcome, Verdict, grade
from labs.engine.runtime import budget, changes
from labs.engine.runtime.shell import type_solution
from labs.engine.shared import pace
from labs.engine.trouble_tickets import preparation
from labs.lifecycle import cables, saves, seat_handover, worker
from labs.lifecycle.database_writes import once_writable
from labs.models import Attempt, CheckStatus, Configuration, Job, LabSession, Save, State, TroubleTicket, WrongState
from labs.models.trouble_ticket import clock_stopped
from labs.registry import versions
from labs.registry.versions import NoSuchLab
from vaka import logs

logger = logging.getLogger(__name__)

SAVE_WAITS = pace.seconds(12.0)  # seconds for which a save waits for the one that is being made


def check(job_id: int) -> LabSession | None:
    """Grade a lab: an attempt, or a look that counts for nothing and disturbs nothing. The session that was graded."""
    job = _mine(job_id, Job.Kind.ATTEMPT, Job.Kind.LOOK)
    if job:
        _run(job, lambda: _grade(job))
        remember(job)
    return job.session if job else None


def _grade(job: Job) -> None:
    session, started, done = job.session, timezone.now(), 0
    lab = versions.of(session)
    by_id = {check.id: check for check in lab.checks()}

    def tell(verdict: Verdict) -> None:
        nonlocal done
        done += 1
        shown = by_id[verdict.check].is_shown(passed=verdict.outcome == Outcome.PASSED)
        what = {"check": verdict.check, "outcome": verdict.outcome} if shown else {}
        events.publish(session.pk, "verdict", **what, done=done, of=len(by_id))

    with clock_stopped(session, job.asked_at) as judging:
        put_back(session, lab)
        verdicts = grade(lab, worker.session_of(session), attempt=job.kind == Job.Kind.ATTEMPT, on_verdict=tell)
        LabSession.objects.filter(pk=session.pk).update(ends=worker.ends_of_links(session, lab))
        Attempt.record(job, lab, verdicts, started)
        all_pass = all(verdict.outcome == Outcome.PASSED for verdict in verdicts)
        judging.fixed = job.kind == Job.Kind.ATTEMPT and all_pass
    if any(verdict.outcome == Outcome.UNKNOWN for verdict in verdicts) and not _is_running(session):
        raise LabGone("The lab went away while it was checked.")


def remember(job: Job) -> None:
    """Keep what the nodes were in an attempt, once its verdicts are out: nobody waits for it. What cannot be read is not kept."""
    attempts = list(job.attempts.filter(kind=Attempt.Kind.ATTEMPT))
    if not attempts:
        return
    seats = {seat.user_id: seat.nodes for seat in job.session.seats.all()}
    try:
        with budget.of(job.session_id):
            states = changes.collect(versions.of(job.session), worker.session_of(job.session), seconds=5)
    except (EngineError, NoSuchLab) as error:
        logger.warning("The nodes of %s were not kept: %s", job, error)
        return
    for attempt in attempts:
        nodes = seats.get(attempt.learner_id, states)
        Configuration.keep(attempt, {name: state for name, state in states.items() if name in nodes})


def put_back(session: LabSession, lab: Lab) -> None:
    """Undo what a check did whose worker was killed before it could; mostly there is nothing to undo."""
    for thing in stimulus.things(lab.checks()):
        worker.session_of(session).do(stimulus.undo(thing))


def save_now(job_id: int) -> None:
    """Save the work because its learner asks for it."""
    job = _mine(job_id, Job.Kind.SAVE)
    if job:
        inside, asked = worker.session_of(job.session), Save.Reason.ASKED
        _run(job, lambda: saves.make_when_free(job.session, inside, asked, waits=SAVE_WAITS))


def reset(job_id: int) -> None:
    """Reset one node of a lab, or all."""
    job = _mine(job_id, Job.Kind.RESET)
    if job:
        _run(job, lambda: _reset(job))


def _reset(job: Job, node: str = "") -> None:
    """NODE: another one than the job's."""
    node = node or job.node

    def tell(step: str, seconds: float) -> None:
        events.publish(job.session_id, "reset", step=step, seconds=round(seconds, 3))

    worker.session_of(job.session).reset(node or None, seconds=settings.LAB_START_SECONDS - 10, on_step=tell)
    CheckStatus.forget(job.session)
    lab = versions.of(job.session)
    news: dict[str, Any] = {} if node else {"assisted": []}  # as at the start, nothing is done for anybody
    LabSession.objects.filter(pk=job.session_id).update(ends=worker.ends_of_links(job.session, lab), **news)
    cables.keep(job.session, worker.session_of(job.session))


def hand_over(job_id: int) -> None:
    """Make the nodes anew that change hands; with the last of them all is ready for who sits there now."""
    job = _mine(job_id, Job.Kind.HAND_OVER)
    if job:
        _run(job, lambda: _hand_over(job))


def _hand_over(job: Job) -> None:
    session = job.session
    session.refresh_from_db(fields=["handed_over"])
    known = versions.of(session).nodes
    for node in session.handed_over:
        if node in known:
            _reset(job, node)
        seat_handover.is_new(session, node)


def jump(job_id: int) -> None:
    """Bring a lab to the beginning of a stage: as at the start, and what comes before that stage is done."""
    job = _mine(job_id, Job.Kind.JUMP)
    if job:
        _run(job, lambda: _jump(job))


def _jump(job: Job) -> None:
    _reset(job)
    lab = versions.of(job.session)
    over = lab.before(job.stage)
    # First, so that a jump that breaks off gives nobody points for the half of it
    LabSession.objects.filter(pk=job.session_id).update(assisted=over)

    nodes, done = typed(lab, over), set[str]()

    def tell(node: str) -> None:
        done.add(node)
        events.publish(job.session_id, "jump", node=node, done=len(done), of=len(nodes))

    type_solution(worker.session_of(job.session), lab, over, seconds=settings.LAB_START_SECONDS, on_node=tell)


# Trouble tickets


def prepare(job_id: int) -> None:
    """Solve a lab that has started, and put a fault into it. A lab without one is of no use to its learner: it has failed."""
    job = _mine(job_id, Job.Kind.TICKET)
    if job is None:
        return
    _run(job, lambda: _prepare(job))
    job.refresh_from_db()
    if job.error:
        no_ticket(job)


def no_ticket(job: Job) -> None:
    """A lab that was to be a ticket and is none is taken away, with a sentence that says why."""
    with suppress(WrongState):
        worker.fail(job.session, job.error, job.detail)
        worker.remove(job.session)


def _prepare(job: Job) -> None:
    session = job.session
    ticket = session.ticket
    if ticket is None or ticket.opened_at:
        return
    lab = versions.of(session)
    if not TroubleTicket.objects.filter(pk=ticket.pk, made={}).update(made={"begun": True}):
        _reset(job)  # a worker that was killed has begun it: nobody knows how far it came

    def tell(step: str) -> None:
        events.publish(session.pk, "job", kind=job.kind, over=False, step=step)

    prepared = preparation.prepare(worker.session_of(session), lab, ticket.seed, tell)
    begun_with = worker.beginning(session, lab)  # what he changes is compared with what he found
    LabSession.objects.filter(pk=session.pk, state=State.READY).update(
        begun_with=begun_with, ends=worker.ends_of_links(session, lab)
    )
    ticket.open(prepared)


def _mine(job_id: int, *kinds: Job.Kind) -> Job | None:
    job = Job.objects.select_related("session").filter(pk=job_id, kind__in=kinds).first()
    return job if job and job.take() else None


def _run(job: Job, work: Callable[[], object]) -> None:
    """Do the work of a job. Whatever goes wrong is written on it, and a lab that is gone is said to be gone."""
    error = detail = ""
    try:
        with logs.about(job.session_id), budget.of(job.session_id):
            work()
    except (SoftTimeLimitExceeded, TookTooLong) as reason:
        error, detail = failures.JOB_TOO_LONG, failures.detail(reason)
    except EngineError as reason:
        cause = worker.cause(job.session, reason)
        if isinstance(cause, (LabGone, OutOfMemory)) or _is_broken(job.session):
            worker.give_up(job.session, cause)
        error, detail = failures.sentence(cause), failures.detail(cause)
    except Exception as reason:
        logger.exception("%s failed.", job)
        error = failures.sentence(reason)
    once_writable(lambda: job.end(error, detail))  # else its learner waits for the reaper


def _is_broken(session: LabSession) -> bool:
    """Whether a reset went wrong half-way: such a lab has no node that runs, and no reset mends it."""
    try:
        return bool(worker.session_of(session).status()["state"] == "failed")
    except EngineError:
        return False


def _is_running(session: LabSession) -> bool:
    """Whether the engine still has the lab; when it does not answer, we do not claim that it is gone."""
    try:
        found = worker.look_for(session)
    except EngineError:
        return True
    return bool(found and found.running)
