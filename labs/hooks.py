"""In which event an attempt is made, and what stands still. Who runs events is above us; settings name the functions that know."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string


def event_of(learner: int, lab: str, at: datetime) -> str:
    """The title of the event in which the learner asks for a check of the lab; empty: nobody supervises him."""
    title: str = import_string(settings.LAB_SUPERVISION)(learner, lab, at) if settings.LAB_SUPERVISION else ""
    return title[:200]


def paused() -> Collection[UUID]:
    """The sessions that stand still now: they neither end nor are idle, and get the time back afterwards."""
    found: Collection[UUID] = import_string(settings.LAB_PAUSES)() if settings.LAB_PAUSES else ()
    return found
