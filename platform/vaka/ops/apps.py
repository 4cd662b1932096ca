"""Runs a whole site on one machine: its processes, and the demo that does the main job."""

import os
from functools import partial
from typing import Any

from celery.signals import worker_process_init, worker_ready
from django.apps import AppConfig


def die_with_worker(worker: int, **_: Any) -> None:
    """Make a Celery pool process end with its worker, even when the worker is killed during a task or a fork."""
    from vaka.ops import syscalls

    syscalls.die_with(worker)


def say_ready(sender: Any, **_: Any) -> None:
    """Create the file that tells ``manage.py up`` that the worker is ready. A worker has no port to connect to."""
    from vaka.ops import process_readiness  # imported here, because the site's own processes do not need it

    name, _at, _host = sender.hostname.partition("@")
    mark = process_readiness.ready_mark(name)
    if mark.parent.is_dir():
        mark.touch()


def reap_at_start(**_: Any) -> None:
    """Make rows and containers agree at once. After a crash, pooled labs are gone and must not be given to a learner."""
    from labs.lifecycle.tasks import reconcile

    reconcile.delay()


class OpsConfig(AppConfig):
    name = "vaka.ops"
    label = "ops"

    def ready(self) -> None:

        end_together = partial(die_with_worker, os.getpid())
        worker_process_init.connect(end_together, dispatch_uid="vaka.ops.die_with_worker", weak=False)
        worker_ready.connect(reap_at_start, dispatch_uid="vaka.ops.reap_at_start", weak=False)
        worker_ready.connect(say_ready, dispatch_uid="vaka.ops.say_ready", weak=False)
