"""The jobs that Celery carries out in a lab on request: checks, resets, skips, saves, trouble tickets, handovers. Each is a Job.

As in ``labs.lifecycle.starts``, every function may be called twice, late and out of order.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.utils import timezone

from labs import events, failure_sentences
from labs.engine import budget
from labs.engine.definition import stimulus
from labs.engine.definition.seats import checks_of, seen_from
from labs.engine.definition.solution import typed
from labs.engine.definition.spec import Check, Lab
from labs.engine.errors import EngineError, LabFailed, LabGone, OutOfMemory, TookTooLong
from labs.engine.grading.grading import Outcome, Verdict, grade
from labs.engine.runtime import changes
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.shell import type_lines, type_solution
from labs.engine.shared import pace
from labs.engine.trouble_tickets import preparation
from labs.lifecycle import (
    attempts,
    cables,
    check_disturbance,
    check_statuses,
    lab_access,
    lab_failure,
    saves,
    seat_attempts,
    seat_handover,
    time_since_change,
    trouble_tickets,
)
from labs.lifecycle.database_writes import retry_write
from labs.models import Attempt, ClassSeat, Configuration, Job, LabSession, Save, State, TroubleTicket, WrongState
from labs.models.save import NoSave
from labs.registry import versions
from labs.registry.versions import NoSuchLab
from vaka import logs

logger = logging.getLogger(__name__)

AGAIN = 1.0  # seconds between two looks in the wake of an attempt
WORK_SECONDS = pace.seconds(20.0)  # that a lab has to save the work of a seat that changes hands
SAVE_WAITS = pace.seconds(12.0)  # seconds that a save waits for another save of the same lab


def check(job_id: int) -> LabSession | None:
    """Grade a lab: an attempt, or a look, which counts for nothing and disturbs nothing.

    Return the session, or None if it was not graded.
    """
    job = _take(job_id, Job.Kind.ATTEMPT, Job.Kind.LOOK)
    if job is None or not _run(job, lambda: _grade(job)):
        return None
    keep_configurations(job)
    return job.session


def _grade(job: Job) -> None:
    session, started, done = job.session, timezone.now(), 0
    # First, so that nobody goes on waiting for a check that cannot be made
    seats = seat_attempts.take(session) if job.kind == Job.Kind.ATTEMPT else seat_attempts.seated(session)
    lab = versions.of(session)
    by_id = {check.id: check for check in _checks(session, lab, seats)}

    def publish(verdict: Verdict) -> None:
        nonlocal done
        done += 1
        shown = not session.exam and by_id[verdict.check].is_shown(passed=verdict.outcome == Outcome.PASSED)
        what = {"check": verdict.check, "outcome": verdict.outcome} if shown else {}
        events.publish(session.pk, "verdict", **what, done=done, of=len(by_id))

    with trouble_tickets.clock_stopped(session, job.asked_at) as judging:
        undo_stimuli(session, lab)
        attempt = job.kind == Job.Kind.ATTEMPT
        idle, first = time_since_change.take_idle_seconds(session, job), check_statuses.current_stage(session, lab)
        client, some = lab_access.client_of(session), frozenset(by_id) if seats else None
        verdicts = grade(lab, client, attempt=attempt, checks=some, on_verdict=publish, first=first, idle=idle)
        while not attempt and _sees_wake(session, lab, verdicts):
            time.sleep(AGAIN)
            verdicts = grade(lab, lab_access.client_of(session), attempt=False, checks=some)
        LabSession.objects.filter(pk=session.pk).update(ends=lab_access.read_link_states(session, lab))
        attempts.record(job, lab, verdicts, started, seats)
        judging.fixed = attempt and all(verdict.outcome == Outcome.PASSED for verdict in verdicts)
    if any(verdict.outcome == Outcome.UNKNOWN for verdict in verdicts) and not _is_running(session):
        raise LabGone("The lab went away while it was checked.")


def _checks(session: LabSession, lab: Lab, seats: Sequence[ClassSeat]) -> Iterable[Check]:
    """Return the checks to make: in a class lab those that count for one of the seats."""
    if not seats:
        return lab.checks()
    seated = attempts.nodes_of_seats(session)
    wanted = {check.id for seat in seats for check in checks_of(lab, seat.nodes, seated)}
    return [check for check in lab.checks() if check.id in wanted]


def _sees_wake(session: LabSession, lab: Lab, verdicts: Sequence[Verdict]) -> bool:
    """Whether a look takes back what had passed, while the network recovers from the attempt before."""
    return check_disturbance.is_on(check_disturbance.disturbed_at(session, lab)) and check_statuses.takes_back(
        session, verdicts
    )


def keep_configurations(job: Job) -> None:
    """Keep the configurations of the nodes in an attempt, after its verdicts are written: nobody waits for this.

    What cannot be read is not kept.
    """
    made = list(job.attempts.filter(kind=Attempt.Kind.ATTEMPT))
    if not made:
        return
    seats = {seat.user_id: seat.nodes for seat in job.session.seats.all()}
    graded = {node for attempt in made for node in seats.get(attempt.learner_id, ())}
    try:
        with budget.of(job.session_id):
            lab = versions.of(job.session)
            asked = seen_from(lab, graded) if graded else lab
            states = changes.collect(asked, lab_access.client_of(job.session), seconds=5)
    except (EngineError, NoSuchLab) as error:
        logger.warning("The configurations of %s were not kept: %s", job, error)
        return
    for attempt in made:
        nodes = seats.get(attempt.learner_id, states)
        Configuration.keep(attempt, {name: state for name, state in states.items() if name in nodes})


def undo_stimuli(session: LabSession, lab: Lab) -> None:
    """Undo what a check did to the network if its worker was killed before it could. Most often nothing is to be undone."""
    for thing in stimulus.things(lab.checks()):
        lab_access.client_of(session).do(stimulus.undo(thing))


def save_now(job_id: int) -> None:
    """Save the work because the learner asked."""
    job = _take(job_id, Job.Kind.SAVE)
    if job:
        client, reason = lab_access.client_of(job.session), Save.Reason.ASKED
        _run(job, lambda: saves.make_when_free(job.session, client, reason, waits=SAVE_WAITS))


def reset(job_id: int) -> None:
    """Reset one node of a lab, or all."""
    job = _take(job_id, Job.Kind.RESET)
    if job:
        _run(job, lambda: _reset(job))


def _reset(job: Job, node: str = "", save: bytes | None = None, assisted: Collection[str] = ()) -> None:
    """Reset the job's node, or another NODE; with SAVE to that work, in which the site did the stages ASSISTED."""
    node = node or job.node

    def publish(step: str, seconds: float) -> None:
        events.publish(job.session_id, "reset", step=step, seconds=round(seconds, 3))

    client = lab_access.client_of(job.session)
    lacking = client.reset(node or None, seconds=settings.LAB_START_SECONDS - 10, on_step=publish, save=save)
    check_statuses.clear(job.session, node=node)
    lab = versions.of(job.session)
    # A lab as at the start has no stage that the site did
    fields: dict[str, Any] = (
        {} if node else {"assisted": list(assisted), "detail": changes.safe_text("\n".join(lacking))}
    )
    LabSession.objects.filter(pk=job.session_id).update(ends=lab_access.read_link_states(job.session, lab), **fields)
    cables.keep(job.session, client)


def go_back(job_id: int) -> None:
    """Return a running lab to saved work."""
    job = _take(job_id, Job.Kind.GO_BACK)
    if job:
        _run(job, lambda: _go_back(job))


def _go_back(job: Job) -> None:
    save = job.save_to_restore
    if save is None:
        raise NoSave("The save was deleted before the lab could go back to it. Choose another save.")
    session, client = job.session, lab_access.client_of(job.session)
    # Read first: the save of what is there now may be one too many, and push this one out
    content, assisted = saves.read(save), save.assisted
    if session.was_touched:
        saves.make_when_free(session, client, Save.Reason.ASKED, waits=SAVE_WAITS)
    # Written first, so that a return that breaks off gives no points for what the site did
    both = sorted({*session.assisted, *assisted})
    LabSession.objects.filter(pk=session.pk).update(assisted=both)
    _reset(job, save=content, assisted=assisted)
    LabSession.objects.filter(pk=session.pk).update(resumes=Save.objects.filter(pk=save.pk).first())


def hand_over(job_id: int) -> bool:
    """Reset the nodes of seats that change hands. After the last of them the new holders may use them.

    Return whether it got any further. Else beat asks again, after some seconds.
    """
    job = _take(job_id, Job.Kind.HANDOVER)
    if job is None:
        return False
    job.session.refresh_from_db(fields=["nodes_to_reset"])
    waiting = set(job.session.nodes_to_reset)
    return _run(job, lambda: _hand_over(job)) and bool(waiting - set(job.session.nodes_to_reset))


def _hand_over(job: Job) -> None:
    session = job.session
    lab, client = versions.of(session), lab_access.client_of(job.session)
    by_bots: dict[str, Sequence[str]] = {}
    for turn in seat_handover.turns(session, lab):
        if turn.keeps_work and not seat_handover.keep_work(session, turn, _work_on(client, turn.nodes)):
            continue
        for node in turn.nodes:
            _reset(job, node, save=turn.work)
        check_statuses.forget_passes(session, turn.nodes, turn.checks)
        if turn.is_bot:
            solved = typed(lab)
            by_bots |= {node: solved.get(node, ()) for node in turn.nodes}
            continue
        if turn.assisted:
            done = typed(lab, turn.assisted)
            type_lines(client, {node: done.get(node, ()) for node in turn.nodes}, seconds=settings.LAB_START_SECONDS)
        seat_handover.open_nodes(session, turn)
    if by_bots:
        # In the background of the class: nobody waits for a bot
        type_lines(client, by_bots, seconds=settings.LAB_START_SECONDS)
        seat_handover.open_bots(session, by_bots)


def _work_on(client: LabClient, nodes: Sequence[str]) -> bytes | None:
    """Return the work on these nodes; None if the lab cannot save it, for example because it is too large."""
    try:
        return client.save(nodes=nodes, seconds=WORK_SECONDS).packed
    except LabFailed as error:
        logger.warning("The work on %s was not saved: %s", ", ".join(nodes), error)
        return None


def skip_to_stage(job_id: int) -> None:
    """Skip to the beginning of a stage: reset the lab, then type the solution of the stages before it."""
    job = _take(job_id, Job.Kind.SKIP)
    if job:
        _run(job, lambda: _skip_to_stage(job))


def _skip_to_stage(job: Job) -> None:
    _reset(job)
    lab = versions.of(job.session)
    skipped = lab.before(job.stage)
    # Written first, so that a skip that breaks off gives no points for what it did
    LabSession.objects.filter(pk=job.session_id).update(assisted=skipped)

    nodes, done = typed(lab, skipped), set[str]()

    def publish(node: str) -> None:
        done.add(node)
        events.publish(job.session_id, "skip", node=node, done=len(done), of=len(nodes))

    client = lab_access.client_of(job.session)
    type_solution(client, lab, skipped, seconds=settings.LAB_START_SECONDS, on_node=publish)


# Trouble tickets


def prepare(job_id: int) -> None:
    """Solve a lab that has started, and put a fault into it. If that fails, the session fails: it is of no use to its learner."""
    job = _take(job_id, Job.Kind.TICKET)
    if job is None:
        return
    _run(job, lambda: _prepare(job))
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
        _reset(job)  # a worker that was killed had begun; nobody knows how far it came

    def publish(step: str) -> None:
        events.publish(session.pk, "job", kind=job.kind, over=False, step=step)

    made = preparation.prepare(lab_access.client_of(session), lab, ticket.seed, publish)
    # The learner's changes are compared with the lab as they found it
    found = {"initial_state": lab_access.read_nodes(session, lab), "ends": lab_access.read_link_states(session, lab)}
    LabSession.objects.filter(pk=session.pk, state=State.READY).update(**found)
    trouble_tickets.open_ticket(ticket, made)


def _take(job_id: int, *kinds: Job.Kind) -> Job | None:
    job = Job.objects.select_related("session").filter(pk=job_id, kind__in=kinds).first()
    return job if job and job.take() else None


def _run(job: Job, work: Callable[[], object]) -> bool:
    """Do the work of a job and end the job. An error is written on it; if the lab is gone, the session fails too.

    Return whether the work was done without an error.
    """
    error = detail = ""
    try:
        with logs.about(job.session_id), budget.of(job.session_id):
            work()
    except (SoftTimeLimitExceeded, TookTooLong) as reason:
        error, detail = failure_sentences.JOB_TOO_LONG, failure_sentences.detail(reason)
    except EngineError as reason:
        cause = lab_failure.find_cause(job.session, reason)
        if isinstance(cause, (LabGone, OutOfMemory)) or _is_broken(job.session):
            lab_failure.give_up(job.session, cause)
        error, detail = failure_sentences.sentence(cause), failure_sentences.detail(cause)
    except Exception as reason:
        logger.exception("%s failed.", job)
        error = failure_sentences.sentence(reason)
    retry_write(lambda: job.end(error, detail))  # else the learner waits until the reaper ends it
    return not error


def _is_broken(session: LabSession) -> bool:
    """Whether a reset failed half-way: no node of such a lab runs, and no further reset repairs it."""
    try:
        return bool(lab_access.client_of(session).status()["state"] == "failed")
    except EngineError:
        return False


def _is_running(session: LabSession) -> bool:
    """Whether the engine still has the lab. If the engine does not answer, we do not claim that the lab is gone."""
    try:
        found = lab_access.find_container(session)
    except EngineError:
        return True
    return bool(found and found.running)
