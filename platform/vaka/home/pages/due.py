"""What a learner has begun and not finished, the most urgent first. The first of it is where he left off."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.content import Course
from courses.learner_progress import standings
from courses.models import QuizAnswer
from courses.progress import Progress
from labs.models import Attempt, LabSession, Save
from labs.registry.versions import NoSuchLab, newest
from vaka.accounts.models import User
from vaka.mentoring.pages.start_page import news

RECENT = 50  # sessions that we look at; who has had more has not waited for us to remind him


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One thing to go on with."""

    title: str
    detail: str
    url: str
    act: str  # what the button says
    until: datetime | None = None  # then it is over by itself
    of_mentor: bool = False  # a mentor wrote, asks or set it: due, but not where the learner left off
    save: Save | None = None  # work in it that is kept


def due(learner: User, courses: Iterable[Course], taken: Sequence[str]) -> list[Due]:
    """Return what is open, the most urgent first.

    What runs and will end, what a mentor wrote or set, then labs, quizzes and lessons, in each the latest first.
    ``taken`` are the ids of the learner's courses, the newest first.
    """
    known = standings(learner, courses)
    mine = sorted((one for one in known if one.course.id in taken), key=lambda one: taken.index(one.course.id))
    passed = frozenset(lab for one in known for lab in one.passed)
    kept = Save.objects.filter(learner=learner, lab=OuterRef("lab"))  # the newest first
    mine_and_shared = LabSession.objects.open_to(learner).annotate(
        kept=Subquery(kept.values("pk")[:1]), kept_at=Subquery(kept.values("made_at")[:1])
    )
    sessions = list(mine_and_shared.order_by("-created_at")[:RECENT])
    quizzes = list(_quizzes(learner, known))
    done = {(one.course.id, lesson) for one in known for lesson in one.done}
    mentors = (
        Due(title=one.title, detail=one.detail, url=one.url, act=one.act, of_mentor=True)
        for one in news(learner, done, passed)
    )
    asked = {item.url.partition("#")[0] for item in quizzes}
    lessons = (item for item in _lessons(mine) if item.url not in asked)
    return [*_running(sessions), *mentors, *_labs(learner, sessions, passed), *quizzes, *lessons]


def _running(sessions: Iterable[LabSession]) -> Iterator[Due]:
    for session in sessions:
        if session.is_live:
            detail = "" if session.ends_at else str(session.get_state_display())
            title, url = title_of(session.lab) or session.lab, reverse("labs:lab", args=(session.lab,))
            yield Due(
                title=_("Lab: %s") % title, detail=detail, url=url, act=_("Back to my lab"), until=session.ends_at
            )


def _labs(learner: User, sessions: Iterable[Any], passed: frozenset[str]) -> Iterator[Due]:
    """Labs that the learner worked in and has not passed."""
    best = Attempt.objects.best_of_each(learner) if sessions else {}
    seen = {session.lab for session in sessions if session.is_live} | passed
    for session in sessions:
        if session.lab in seen or session.ready_at is None:  # it never came up: nothing was begun
            continue
        seen |= {session.lab}
        tried = best.get(session.lab)
        if (title := title_of(session.lab)) and not (tried and tried.is_full):
            points = {"score": tried.score, "out_of": tried.out_of} if tried else {}
            detail = _("Your best: %(score)d of %(out_of)d points.") % points if tried else _("Not checked yet.")
            url = reverse("labs:lab", args=(session.lab,))
            save = Save(pk=session.kept, lab=session.lab, made_at=session.kept_at) if session.kept else None
            yield Due(title=_("Lab: %s") % title, detail=detail, url=url, act=_("Go on with it"), save=save)


def _quizzes(learner: User, known: Iterable[Progress]) -> Iterator[Due]:
    """Quizzes of which some questions are answered, and some are not."""
    latest = QuizAnswer.objects.of(learner).order_by("-at", "-pk").values_list("quiz", flat=True)
    where = {lesson.quiz.id: (one, lesson) for one in known for lesson in one.course.lessons() if lesson.quiz}
    for quiz in dict.fromkeys(latest):
        one, lesson = where.get(quiz, (None, None))
        if one and lesson and (left := one.open_questions(lesson)):
            detail = ngettext("%d question is still open.", "%d questions are still open.", left) % left
            url = reverse("courses:lesson", args=(one.course.id, lesson.id)) + "#quiz"
            yield Due(title=_("Questions: %s") % lesson.title, detail=detail, url=url, act=_("Answer them"))


def _lessons(mine: Iterable[Progress]) -> Iterator[Due]:
    """The next lesson of each course that the learner takes; or, when all are done, the lab that is not passed."""
    for one in mine:
        facts = {"course": one.course.title, "done": one.count, "total": one.total}
        detail = _("%(course)s, %(done)d of %(total)d lessons done.") % facts
        if one.here:
            url = reverse("courses:lesson", args=(one.course.id, one.here.id))
            yield Due(title=one.here.title, detail=detail, url=url, act=_("Carry on"))
        elif title := title_of(one.open_lab):
            url = reverse("labs:lab", args=(one.open_lab,))
            yield Due(title=_("Lab: %s") % title, detail=detail, url=url, act=_("Go to the lab"))


def title_of(lab: str) -> str:
    """Return the lab's title; empty when it has left the catalogue."""
    try:
        return newest(lab).title if lab else ""
    except NoSuchLab:
        return ""
