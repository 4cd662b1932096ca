"""The Celery app. Its settings are those of Django that begin with CELERY_."""

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

# The benchmark's workers are root's; this would be no line of a log
warnings.filterwarnings("ignore", message="You.re running the worker with superuser privileges")

app = Celery("vaka")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["labs.lifecycle"])  # the other apps have their tasks at the top


@signals.setup_logging.connect(weak=False)
def log_as_django_does(**_signal: Any) -> None:
    """Celery sets no logging up where somebody hears this."""
    logging.captureWarnings(True)
    logging.config.dictConfig(settings.LOGGING)


@signals.worker_init.connect(weak=False)
def share_with_children(**_signal: Any) -> None:
    """What is loaded before the fork stays one copy for all: else the first collection in each child touches every page."""
    gc.collect()
    gc.freeze()


@signals.task_prerun.connect(weak=False)
def begin_about_nothing(args: Any = (), **_signal: Any) -> None:
    """A task of a session has its id as its first argument; the others say it themselves, when they know."""
    first = str(args[0]) if args else ""
    logs.session.set(first if UUID.fullmatch(first) else "")
