"""Celery's entry points. Arguments are primary keys; the row says the rest, and is the result."""

from uuid import UUID

from celery import shared_task
from django.conf import settings

from labs import reaper, worker

START = settings.LAB_START_SECONDS
CHECK = settings.LAB_CHECK_SECONDS


@shared_task(soft_time_limit=START - 5, time_limit=START)
def start_session(session: str, generation: int) -> None:
    worker.start(UUID(session), generation)


@shared_task(soft_time_limit=30, time_limit=40)
def stop_session(session: str) -> None:
    worker.stop(UUID(session))


@shared_task(soft_time_limit=CHECK, time_limit=CHECK + 15)
def check_lab(errand: int) -> None:
    worker.check(errand)


@shared_task(soft_time_limit=START, time_limit=START + 15)
def reset_lab(errand: int) -> None:
    worker.reset(errand)


@shared_task(soft_time_limit=60, time_limit=70)
def reap() -> None:
    for session in reaper.reap():
        start_session.delay(str(session.pk), session.generation)


@shared_task(soft_time_limit=60, time_limit=70)
def expire() -> None:
    worker.expire()
