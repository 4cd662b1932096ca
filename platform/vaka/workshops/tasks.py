"""Celery's entry points."""

from celery import shared_task

from labs.task_limits import task_limits
from vaka.workshops import acting, closing, rehearsing, visiting


@shared_task(**task_limits(20))
def rehearse() -> None:
    rehearsing.step()


@shared_task(**task_limits(20))
def settle() -> None:
    closing.step()


@shared_task(**task_limits(20))
def end_visits() -> None:
    visiting.end_forgotten()


@shared_task(**task_limits(20))
def end_pauses() -> None:
    acting.end_forgotten_pauses()
