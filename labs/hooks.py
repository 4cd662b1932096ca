"""The questions of labs about workshops and courses. These import labs, so settings name their functions, and labs call these."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from vaka.accounts.account_flags import flags_of
from vaka.accounts.models import User


@dataclass(frozen=True, slots=True)
class LabLesson:
    """The lesson after which a lab is done."""

    lab: str
    lesson: str
    title: str
    done: bool


@dataclass(frozen=True, slots=True)
class LabCourse:
    """A course with its labs. ``before``: (id, title) of each prerequisite."""

    course: str
    title: str
    before: tuple[tuple[str, str], ...]
    lessons: tuple[LabLesson, ...]


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


def closed_labs(request: HttpRequest) -> Collection[str]:
    """Return the labs that an exam closes to the person who asks: pages without an address of their lab leave them out."""
    user = request.user
    if not isinstance(user, User) or not flags_of(request).get("an_exam_runs"):
        return ()
    found: Collection[str] = import_string(settings.LABS_CLOSED)(user)
    return found


def time_given(session: UUID, minutes: int) -> None:
    """Say that somebody who teaches has given a session more time: it may be an exam, whose certificate names its minutes."""
    if settings.LAB_TIME_GIVEN:
        import_string(settings.LAB_TIME_GIVEN)(session, minutes)


def paused() -> Mapping[UUID, datetime]:
    """Return the sessions that are paused now, and since when. They do not end and are not idle, and get this time back."""
    found: Mapping[UUID, datetime] = import_string(settings.LAB_PAUSES)() if settings.LAB_PAUSES else {}
    return found


def labs_by_course(learner: User) -> Sequence[LabCourse]:
    """Return the labs of each course, in the order in which a learner does them."""
    found: Sequence[LabCourse] = import_string(settings.LAB_COURSES)(learner) if settings.LAB_COURSES else ()
    return found


def open_questions(request: HttpRequest, lab: str) -> str:
    """Say how many questions are open in the lesson to which “Continue the course” leads from the lab; empty if none is."""
    found: str = import_string(settings.LAB_QUESTIONS)(request, lab) if settings.LAB_QUESTIONS else ""
    return found
