"""The embedded default: the processes of a site on one machine, and the demo that does the main job."""

import os
from functools import partial
from typing import Any

from celery.signals import worker_process_init, worker_ready
from django.apps import AppConfig


def die_with_worker(worker: int, **_: Any) -> None:
    """Let a pool process of Celery end with its worker, also when that one is killed in the middle of a task or of a fork."""
    from vaka.ops import syscalls

    syscalls.die_with(worker)


def say_ready(sender: Any, **_: Any) -> None:
    """Leave a mark for ``manage.py up``: a worker has no port to ask at."""
    from vaka.ops import programs  # here: the site's processes do not start others

    name, _at, _host = sender.hostname.partition("@")
    mark = programs.ready_mark(name)
    if mark.parent.is_dir():
        mark.touch()


def look_around(**_: Any) -> None:
    """Make rows and containers agree at once: what waited in the pool when the machine went down is not to be given to anybody."""
    from labs.lifecycle.tasks import reap

    reap.delay()


class OpsConfig(AppConfig):
    name = "vaka.ops"
    label = "ops"

    def ready(self) -> None:
        dying = partial(die_with_worker, os.getpid())
        worker_process_init.connect(dying, dispatch_uid="vaka.ops.die_with_worker", weak=False)
        worker_ready.connect(look_around, dispatch_uid="vaka.ops.look_around", weak=False)
        worker_ready.connect(say_ready, dispatch_uid="vaka.ops.say_ready", weak=False)
