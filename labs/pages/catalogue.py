"""The catalogue of labs as a learner sees it: duration, level, the best attempt at each lab, and the lab that runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from labs import hooks
from labs.engine.definition.spec import Lab, Level
from labs.hooks import LabCourse, LabLesson
from labs.models import Attempt, LabSession, State
from labs.registry import versions
from vaka.accounts.models import User

LEVELS = {
    Level.BEGINNER: _("Beginner"),
    Level.INTERMEDIATE: _("Intermediate"),
    Level.ADVANCED: _("Advanced"),
}
PROGRESS = {"none": _("Not yet"), "pass": _("Passed"), "assist": _("Assisted"), "wait": _("Started")}


@dataclass(frozen=True, slots=True)
class Card:
    """One lab and the learner's best attempt at it, which has a shape and a word as a check has."""

    lab: Lab
    best: Attempt | None
    running: bool = False
    lesson: LabLesson | None = None  # after which it is done

    @property
    def level(self) -> str:
        return str(LEVELS[self.lab.level])

    @property
    def shape(self) -> str:
        if self.best is None:
            return "none"
        if self.best.is_full:
            return "pass"
        return "assist" if self.best.assisted else "wait"

    @property
    def word(self) -> str:
        return str(PROGRESS[self.shape])


@dataclass(frozen=True, slots=True)
class LiveSession:
    """The learner's live session, or a class lab in which they have a seat. The lab may have left the catalogue."""

    session: LabSession
    title: str
    paused_since: datetime | None = None  # the begin of the pause in which it is; None if its time passes

    @property
    def minutes_left(self) -> int:
        return self.session.minutes_left(self.paused_since)


@dataclass(frozen=True, slots=True)
class Group:
    """The labs of a course; without one, those that no lesson names."""

    course: LabCourse | None
    cards: list[Card]


def live_sessions_of(learner: User) -> QuerySet[LabSession]:
    return LabSession.objects.live().open_to(learner)


def running_lab_of(learner: User) -> LiveSession | None:
    session = live_sessions_of(learner).first()
    if session is None or session.exam_is_over:  # its work is being graded, and its page is closed
        return None
    paused_since = hooks.paused().get(session.pk) if session.state == State.READY else None
    return LiveSession(session, versions.title_of(session.lab) or session.lab, paused_since)


@dataclass(frozen=True)
class Catalogue:
    learner: User

    @cached_property
    def running(self) -> LiveSession | None:
        return running_lab_of(self.learner)

    @property
    def groups(self) -> Iterator[Group]:
        """Yield the labs of each course, in the order in which a learner does them; at last those of no course."""
        best = Attempt.objects.best_of_each(self.learner)
        left = {lab.id: lab for lab in versions.all_labs()}

        def card(lab: Lab, lesson: LabLesson | None = None) -> Card:
            is_running = bool(self.running and self.running.session.lab == lab.id)
            return Card(lab, best.get(lab.id), running=is_running, lesson=lesson)

        for course in hooks.labs_by_course(self.learner):
            cards = [card(left.pop(lesson.lab), lesson) for lesson in course.lessons if lesson.lab in left]
            if cards:
                yield Group(course, cards)
        if left:
            yield Group(None, [card(lab) for lab in left.values()])


def class_lab_of(learner: User, lab: str) -> LabSession | None:
    """Return the live class lab of this lab in which the learner has a seat, if any."""
    return LabSession.objects.live().filter(lab=lab, seats__user=learner).first()
