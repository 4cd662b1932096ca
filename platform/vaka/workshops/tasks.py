"""Celery's entry points."""

from celery import shared_task

from labs.lifecycle.task_limits import task_limits
from vaka.workshops.services import closing, observing, rehearsal, seat_actions


@shared_task(**task_limits(20))
def rehearse() -> None:
    rehearsal.step()


@shared_task(**task_limits(20))
def settle() -> None:
    closing.step()


@shared_task(**task_limits(20))
def end_observing() -> None:
    observing.end_forgotten()


@shared_task(**task_limits(20))
def end_pauses() -> None:
    seat_actions.end_forgotten_pauses()
