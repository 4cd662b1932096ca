"""What labs must know about workshops and courses. They import labs, so settings name their functions, and labs call these."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString


def workshop_of(learner: int, lab: str, at: datetime) -> str:
    """Return the title of the workshop in which the learner asks for a check of the lab; empty if nobody supervises them."""
    title: str = import_string(settings.LAB_SUPERVISION)(learner, lab, at) if settings.LAB_SUPERVISION else ""
    return title[:200]


def explained(said: str, number: str) -> SafeString | None:
    """Return a term with its meaning in a popover, whose id ends with the number; None if it is not known."""
    found: SafeString | None = import_string(settings.LAB_TERMS)(said, number) if settings.LAB_TERMS else None
    return found


def exam_page(session: UUID) -> str:
    """Return the address of the page on which the learner hands in this exam; empty if there is none."""
    found: str = import_string(settings.LAB_EXAMS)(session) if settings.LAB_EXAMS else ""
    return found


def paused() -> Collection[UUID]:
    """Return the sessions that are paused now. They do not end and are not idle, and get the time of the pause back."""
    found: Collection[UUID] = import_string(settings.LAB_PAUSES)() if settings.LAB_PAUSES else ()
    return found
