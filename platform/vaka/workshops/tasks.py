"""Celery's entry points."""

from celery import shared_task

from vaka.workshops import acting, closing, rehearsing, visiting


@shared_task(soft_time_limit=20, time_limit=30)
def rehearse() -> None:
    rehearsing.step()


@shared_task(soft_time_limit=20, time_limit=30)
def settle() -> None:
    closing.step()


@shared_task(soft_time_limit=20, time_limit=30)
def end_visits() -> None:
    visiting.end_forgotten()


@shared_task(soft_time_limit=20, time_limit=30)
def end_pauses() -> None:
    acting.end_forgotten_pauses()
