"""Celery tasks. Beat calls all of them."""

from celery import shared_task

from labs.lifecycle.task_limits import task_limits
from vaka.workshops.services import closing, exams, observing, pauses, rehearsal


@shared_task(**task_limits(20))
def rehearse() -> None:
    rehearsal.step()


@shared_task(**task_limits(20))
def continue_exams() -> None:
    exams.step()


@shared_task(**task_limits(20))
def continue_closing() -> None:
    closing.continue_closing()


@shared_task(**task_limits(20))
def end_stale_observers() -> None:
    observing.end_stale()


@shared_task(**task_limits(20))
def end_forgotten_pauses() -> None:
    pauses.end_forgotten()
