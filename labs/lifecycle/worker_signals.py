"""The work of a worker process itself, beside its tasks: it reads the labs, reports that it is there, and asks for recovery."""

import gc
from datetime import UTC, datetime
from typing import Any

from celery import signals

from labs.lifecycle import tasks, worker_health
from labs.registry import versions


@signals.worker_init.connect(weak=False)
def read_labs(**_signal: Any) -> None:
    """Read the catalogue before the child processes are made. Else each of them reads it while a learner waits."""
    versions.all_labs()
    gc.freeze()  # as in vaka.celery, so that the children share it


@signals.task_failure.connect(weak=False)
def report_refusal(exception: BaseException, **_signal: Any) -> None:
    worker_health.report_refusal(exception)


@signals.worker_ready.connect(weak=False)
def report_starter(sender: Any, **_signal: Any) -> None:
    """Report the starter now and every few seconds, by the timer of the worker's main process, which runs no tasks."""
    if sender.hostname.startswith("starter@"):
        worker_health.report_starter()
        sender.timer.call_repeatedly(worker_health.EVERY, worker_health.report_starter)


@signals.worker_ready.connect(weak=False)
def ask_for_recovery(sender: Any, **_signal: Any) -> None:
    tasks.recover.delay(sender.hostname.partition("@")[0], datetime.now(UTC).timestamp())
