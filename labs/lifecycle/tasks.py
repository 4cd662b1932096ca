"""Celery's entry points. Arguments are primary keys; the row says the rest, and is the result."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from celery import shared_task, signals
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError

from labs.capacity import pool, queue
from labs.lifecycle import captures, cleaning, jobs, reaper, recovery, saves, seat_handover, stalled, usage, worker
from labs.lifecycle import erasure as erasing
from labs.lifecycle.task_limits import task_limits
from labs.models import Host, Job, LabSession, Save, State

START = settings.LAB_START_SECONDS
CHECK = settings.LAB_CHECK_SECONDS


@shared_task(soft_time_limit=START - 5, time_limit=START)
def start_session(session: str, generation: int) -> None:
    built_for_nobody = worker.start(UUID(session), generation)
    for job in Job.objects.open().filter(session=UUID(session), kind=Job.Kind.TICKET, taken_at=None):
        with suppress(OperationalError):  # labs.lifecycle.recovery asks again when the queue is back
            prepare_ticket.delay(job.pk)
    hand_over()
    if built_for_nobody:
        begin(pool.keep())  # and asks for the next one, if nobody waits
    go_on()


@shared_task(**task_limits(30))
def stop_session(session: str, reason: str = Save.Reason.STOP) -> None:
    worker.stop(UUID(session), Save.Reason(reason))
    go_on()


@shared_task(**task_limits(30))
def save_session(session: str) -> None:
    worker.save(UUID(session))


@shared_task(**task_limits(30))
def save_lab(job: int) -> None:
    jobs.save_now(job)


@shared_task(**task_limits(20))
def save_changes() -> None:
    for session in saves.due(timezone.now()):
        save_session.apply_async((str(session.pk),), expires=30)


def save_what_was_passed(session: LabSession) -> None:
    """At once, when something in it has just been seen to pass. Should the queue be gone, beat finds it."""
    if saves.has_passed(session):
        with suppress(OperationalError):
            save_session.apply_async((str(session.pk),), expires=30)


@shared_task(soft_time_limit=CHECK, time_limit=CHECK + 15)
def check_lab(job: int) -> None:
    if session := jobs.check(job):
        save_what_was_passed(session)


@shared_task(soft_time_limit=START, time_limit=START + 15)
def reset_lab(job: int) -> None:
    jobs.reset(job)


@shared_task(soft_time_limit=CHECK, time_limit=CHECK + 15)
def jump_lab(job: int) -> None:
    jobs.jump(job)


@shared_task(soft_time_limit=START, time_limit=START + 15)
def hand_over_nodes(job: int) -> None:
    jobs.hand_over(job)


@shared_task(soft_time_limit=CHECK, time_limit=CHECK + 15)
def prepare_ticket(job: int) -> None:
    jobs.prepare(job)


@shared_task(**task_limits(60))
def reap() -> None:
    begin(reaper.reap())
    captures.tidy(timezone.now())


@shared_task(**task_limits(30))
def hand_out(save: str, key: str) -> None:
    if found := Save.objects.filter(pk=UUID(save)).first():
        saves.hand_out(found, key)


@shared_task(**task_limits(60))
def erase(erasure: int) -> None:
    erasing.erase(erasure)
    go_on()


@shared_task(**task_limits(600))
def clean() -> None:
    cleaning.clean()


@shared_task(**task_limits(usage.EVERY - 2))
def measure_use() -> None:
    usage.measure()


@shared_task(**task_limits(60))
def expire() -> None:
    for session, reason in worker.expire():
        with suppress(OperationalError):  # the reaper stops them when the queue is back
            stop_session.delay(str(session), str(reason))
    go_on()


@shared_task(**task_limits(20))
def let_in() -> None:
    """Now and then, whatever was lost: who waits is let in when there is room, and the pool is kept as it should be."""
    Host.is_here()
    stalled.say_written()
    do_again(recovery.on_their_way())
    hand_over()
    for erasure in erasing.due():
        with suppress(OperationalError):
            erase.apply_async((erasure,), expires=5)
    begin(pool.keep())
    go_on()


@shared_task(**task_limits(20))
def weigh() -> None:
    """In a quiet moment: build a lab that was published and that nobody has started, to know what it costs."""
    if pool.weigh_one():
        go_on()


@shared_task(**task_limits(20))
def take_up(program: str, before: float) -> None:
    """A worker is there again: begin what the one before it had in hand."""
    moment = datetime.fromtimestamp(before, UTC)
    in_hand = {"starter": recovery.starts_in_hand, "worker": recovery.jobs_in_hand}.get(
        program
    )  # beat asks for saves again by itself
    if in_hand:
        do_again(in_hand(moment))


@signals.task_failure.connect(weak=False)
def say_what_the_database_refused(exception: BaseException, **_signal: Any) -> None:
    stalled.say_refused(exception)


@signals.worker_ready.connect(weak=False)
def say_that_a_starter_is_here(sender: Any, **_signal: Any) -> None:
    """Now and from time to time, by the clock of the worker's main process, which does no task."""
    if sender.hostname.startswith("starter@"):
        stalled.say_here()
        sender.timer.call_repeatedly(stalled.EVERY, stalled.say_here)


@signals.worker_ready.connect(weak=False)
def ask_to_take_up(sender: Any, **_signal: Any) -> None:
    take_up.delay(sender.hostname.partition("@")[0], datetime.now(UTC).timestamp())


def go_on() -> None:
    """Something has ended: let in who fits now, and tell the others where they stand."""
    begin(queue.admit())
    queue.tell()


def begin(sessions: Iterable[LabSession]) -> None:
    """Enqueue the starts of those whose turn has come, and stops; if the queue is gone, beat does it when it is back."""
    for session in sessions:
        try:
            if session.state == State.STOPPING:
                stop_session.delay(str(session.pk))
            else:
                start_session.delay(str(session.pk), session.generation)
        except OperationalError:
            queue.put_back(session)


def hand_over() -> None:
    """Have nodes made anew that change hands and wait for it. Should the queue be gone, beat asks again."""
    for job in seat_handover.due():
        with suppress(OperationalError):
            hand_over_nodes.delay(job.pk)


OF_JOBS = {Job.Kind.RESET: reset_lab, Job.Kind.JUMP: jump_lab, Job.Kind.SAVE: save_lab}
OF_JOBS |= {Job.Kind.TICKET: prepare_ticket, Job.Kind.HAND_OVER: hand_over_nodes}


def do_again(again: recovery.Again) -> None:
    """Enqueue once more what was lost."""
    begin([*again.starts, *again.stops])
    for job in again.jobs:
        OF_JOBS.get(Job.Kind(job.kind), check_lab).delay(job.pk)
