"""The Celery app. It takes the Django settings that begin with CELERY_."""

import gc
import logging.config
import os
import re
import warnings
from typing import Any

from celery import Celery, signals
from django.conf import settings

from vaka import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vaka.settings")


UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# The benchmark runs workers as root; this warning is not a log line
warnings.filterwarnings("ignore", message="You.re running the worker with superuser privileges")

app = Celery("vaka")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["labs.lifecycle"])  # the other apps have a tasks module at their top
app.autodiscover_tasks(["labs.lifecycle"], related_name="worker_signals")


@signals.setup_logging.connect(weak=False)
def log_as_django_does(**_signal: Any) -> None:
    """Use Django's logging. Celery configures none if this signal has a receiver."""
    logging.captureWarnings(True)
    logging.config.dictConfig(settings.LOGGING)


@signals.worker_init.connect(weak=False)
def share_with_children(**_signal: Any) -> None:
    """Share loaded objects with the child processes. Else the first garbage collection in each child copies every page."""
    gc.collect()
    gc.freeze()


@signals.task_prerun.connect(weak=False)
def begin_about_nothing(args: Any = (), **_signal: Any) -> None:
    """Set the log's session. A task of a session has the ID as its first argument; other tasks use ``about``."""
    first = str(args[0]) if args else ""
    logs.session.set(first if UUID.fullmatch(first) else "")


@signals.task_postrun.connect(weak=False)
def end_about_nothing(**_signal: Any) -> None:
    """Forget the log's session, so that no line between two tasks names the session of the one before."""
    logs.session.set("")
