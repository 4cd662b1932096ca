"""Celery's entry points."""

from celery import shared_task

from vaka.workshops import rehearsing


@shared_task(soft_time_limit=20, time_limit=30)
def rehearse() -> None:
    rehearsing.step()
