"""The site. Imports the Celery app, so that each task that any process defines is bound to it."""

from vaka.celery import app as celery_app

__all__ = ["celery_app"]
