"""Which event a session is part of, and which stand still. Who runs events is above us; settings name the functions that know."""

from collections.abc import Collection
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from labs.models import LabSession
from vaka.accounts.models import User


def event_of(learner: User, lab: str) -> str:
    """The title of the event in which the learner starts the lab now; empty: he learns by himself."""
    title: str = import_string(settings.LAB_SUPERVISION)(learner, lab) if settings.LAB_SUPERVISION else ""
    return title[:200]


def write_down(session: LabSession, learner: User) -> None:
    """Keep with a session that begins what it is part of."""
    session.supervised_by = event_of(learner, session.lab)
    if session.supervised_by:
        session.save(update_fields=["supervised_by"])


def paused() -> Collection[UUID]:
    """The sessions that stand still now: they neither end nor are idle, and get the time back afterwards."""
    found: Collection[UUID] = import_string(settings.LAB_PAUSES)() if settings.LAB_PAUSES else ()
    return found
