"""Celery's entry points. Arguments are primary keys; the rows hold everything else, and take the result."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError

from labs.capacity import pool, queue
from labs.lifecycle import (
    account_deletion_remains,
    captures,
    check_rush,
    check_work,
    daily_cleaning,
    deadlines_and_idle_labs,
    flavour_builds,
    reconciliation,
    recovery,
    resets,
    saves,
    seat_attempts,
    seat_handover,
    starts,
    stops,
    trouble_tickets,
    usage,
    worker_health,
)
from labs.lifecycle.go_back import go_back_to_save
from labs.lifecycle.skip_to_stage import skip
from labs.lifecycle.task_limits import task_limits
from labs.models import Host, Job, LabSession, Save, State
from vaka.accounts import browser_sessions

START = settings.LAB_START_SECONDS
CHECK = settings.LAB_CHECK_SECONDS
DELIVERY_LIMITS = task_limits(30)


@shared_task(soft_time_limit=START - 5, time_limit=START)
def start_session(session: str, generation: int) -> None:
    is_pooled = starts.start(UUID(session), generation)
    for job in Job.objects.open().filter(session=UUID(session), kind=Job.Kind.TICKET, taken_at=None):
        with suppress(OperationalError):  # labs.lifecycle.recovery asks again when the broker is back
            prepare_ticket.delay(job.pk)
    enqueue_seat_jobs()
    if is_pooled:
        enqueue(pool.keep())  # which asks for the next one, if nobody waits
    admit_next()


@shared_task(**task_limits(30))
def stop_session(session: str, reason: str = Save.Reason.STOP) -> None:
    stops.stop(UUID(session), Save.Reason(reason))
    admit_next()


@shared_task(**task_limits(30))
def save_session(session: str) -> None:
    saves.save_running(UUID(session))


@shared_task(**task_limits(30))
def save_lab(job: int) -> None:
    saves.save_now(job)


@shared_task(**task_limits(20))
def save_changes() -> None:
    for session in saves.due(timezone.now()):
        save_session.apply_async((str(session.pk),), expires=30)


def save_passed_stage(session: LabSession) -> None:
    """Save at once if a check has completed a stage. In a rush of checks, and without the broker, beat's task does it later."""
    if saves.has_passed(session) and not check_rush.is_on():
        with suppress(OperationalError):
            save_session.apply_async((str(session.pk),), expires=30)


@shared_task(soft_time_limit=CHECK, time_limit=CHECK + 15)
def check_lab(job: int) -> None:
    if session := check_work.check(job):
        save_passed_stage(session)
        enqueue_seat_jobs()


@shared_task(soft_time_limit=START, time_limit=START + 15)
def reset_lab(job: int) -> None:
    resets.reset(job)


@shared_task(soft_time_limit=START, time_limit=START + 15)
def go_back(job: int) -> None:
    go_back_to_save(job)


@shared_task(soft_time_limit=CHECK, time_limit=CHECK + 15)
def skip_to_stage(job: int) -> None:
    skip(job)


@shared_task(soft_time_limit=START, time_limit=START + 15)
def hand_over_nodes(job: int) -> None:
    if seat_handover.hand_over(job):
        enqueue_seat_jobs()


@shared_task(soft_time_limit=CHECK, time_limit=CHECK + 15)
def prepare_ticket(job: int) -> None:
    trouble_tickets.prepare(job)


@shared_task(**task_limits(60))
def reconcile() -> None:
    enqueue(reconciliation.reconcile())
    enqueue_again(recovery.untaken(timezone.now()))
    captures.tidy(timezone.now())


@shared_task(**DELIVERY_LIMITS)
def deliver_save(save: str, key: str) -> None:
    if found := Save.objects.filter(pk=UUID(save)).first():
        saves.deliver(found, key)


@shared_task(**task_limits(60))
def erase(erasure_id: int) -> None:
    account_deletion_remains.erase(erasure_id)
    admit_next()


@shared_task(soft_time_limit=flavour_builds.SECONDS, time_limit=flavour_builds.SECONDS + 30)
def build_flavour(flavour: str) -> None:
    flavour_builds.build(flavour)
    admit_next()


@shared_task(**task_limits(600))
def clean() -> None:
    daily_cleaning.clean()


@shared_task(**task_limits(30))
def clear_browser_sessions() -> None:
    browser_sessions.clear()


@shared_task(**task_limits(usage.EVERY - 2))
def measure_use() -> None:
    usage.measure()


@shared_task(**task_limits(60))
def expire() -> None:
    for job in deadlines_and_idle_labs.request_last_checks():
        with suppress(OperationalError):  # beat asks again
            check_lab.delay(job.pk)
    for session, reason in deadlines_and_idle_labs.expire():
        with suppress(OperationalError):  # reconciliation stops them when the broker is back
            stop_session.delay(str(session), str(reason))
    admit_next()


@shared_task(**task_limits(20))
def admit() -> None:
    """Admit waiting sessions that fit, recover what was lost, and keep the pool at its size. Beat calls it every few seconds."""
    Host.is_here()
    worker_health.report_write()
    enqueue_again(recovery.lost_by_broker())
    enqueue_seat_jobs()
    for waiting in account_deletion_remains.due():
        with suppress(OperationalError):
            erase.apply_async((waiting,), expires=5)
    enqueue(pool.keep())
    admit_next()


@shared_task(**task_limits(20))
def measure_next_lab() -> None:
    """While no lab runs, build a lab that nobody has started yet, to measure its cost."""
    if pool.build_unmeasured_lab():
        admit_next()


@shared_task(**task_limits(20))
def recover(program: str, before: float) -> None:
    """Enqueue what the worker before this one had begun. The saver has nothing to recover: beat asks for saves again."""
    interrupted = {"starter": recovery.interrupted_starts, "worker": recovery.interrupted_jobs}.get(program)
    if interrupted:
        enqueue_again(interrupted(datetime.fromtimestamp(before, UTC)))


def admit_next() -> None:
    """After a session has ended, admit those that fit now, and tell the others their place in the queue."""
    enqueue(queue.admit())
    queue.publish_places()
    for flavour in flavour_builds.due():
        with suppress(OperationalError):  # beat asks again
            build_flavour.apply_async((flavour,), expires=30)


def enqueue(sessions: Iterable[LabSession]) -> None:
    """Enqueue the starts of sessions that were admitted, and stops. If the broker is away, beat does it later."""
    for session in sessions:
        try:
            if session.state == State.STOPPING:
                stop_session.delay(str(session.pk))
            else:
                start_session.delay(str(session.pk), session.generation)
        except OperationalError:
            queue.put_back(session)


def enqueue_seat_jobs() -> None:
    """Enqueue what the seats of class labs wait for: nodes for a new holder, and checks. If the broker is away, beat asks again."""
    for job in seat_handover.due():
        with suppress(OperationalError):
            hand_over_nodes.delay(job.pk)
    for job in seat_attempts.due():
        with suppress(OperationalError):
            check_lab.delay(job.pk)


TASK_OF_JOB = {
    Job.Kind.RESET: reset_lab,
    Job.Kind.SKIP: skip_to_stage,
    Job.Kind.SAVE: save_lab,
    Job.Kind.TICKET: prepare_ticket,
    Job.Kind.HANDOVER: hand_over_nodes,
    Job.Kind.GO_BACK: go_back,
}


def enqueue_again(recovered: recovery.Recovered) -> None:
    """Enqueue what was lost."""
    enqueue([*recovered.starts, *recovered.stops])
    for job in recovered.jobs:
        TASK_OF_JOB.get(Job.Kind(job.kind), check_lab).delay(job.pk)
