"""The to-do list of the start page: what a learner has begun and not finished, the most urgent first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from courses.models import QuizAnswer
from courses.pages.my_progress import open_questions
from courses.progress import CourseProgress
from labs.models import Attempt, LabSession, Save
from labs.registry.versions import title_of
from vaka.accounts.models import User
from vaka.mentoring.pages.start_page import start_page_items

RECENT = 50  # lab sessions that the list considers


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDo:
    """One item of the list."""

    title: str
    detail: str
    url: str
    action: str  # the label of the button
    until: datetime | None = None  # when a running lab ends
    from_mentor: bool = False  # a message, invitation or assignment: never the place where the learner left off
    save: Save | None = None  # saved work with which the lab can be resumed


def to_do_list(learner: User, progress: Sequence[CourseProgress], enrolled: Sequence[str]) -> list[ToDo]:
    """Return the items, the most urgent first.

    Running labs come first, then items from mentors, then labs, quizzes and lessons; of each kind, the latest first.
    ``progress`` is that in each course, and ``enrolled`` has the ids of the learner's courses, the newest first.
    """
    own = [one for one in progress if one.course.id in enrolled]
    own.sort(key=lambda one: enrolled.index(one.course.id))
    labs_passed = frozenset(lab for one in progress for lab in one.labs_passed)
    sessions = _sessions(learner)
    quizzes = list(_quizzes(learner, progress))
    lessons_done = {(one.course.id, lesson) for one in progress for lesson in one.done}
    from_mentors = (
        ToDo(title=one.title, detail=one.detail, url=one.url, action=one.action, from_mentor=True)
        for one in start_page_items(learner, lessons_done, labs_passed)
    )
    with_quiz = {item.url.partition("#")[0] for item in quizzes}
    lessons = (item for item in _lessons(own) if item.url not in with_quiz)
    return [*_running_labs(sessions), *from_mentors, *_labs(learner, sessions, labs_passed), *quizzes, *lessons]


def _sessions(learner: User) -> list[Any]:
    """Return the newest lab sessions, also shared ones, each with the learner's newest save of the lab."""
    saves = Save.objects.resumable().of_lab_itself().filter(learner=learner, lab=OuterRef("lab"))  # the newest first
    sessions = LabSession.objects.open_to(learner).annotate(
        save_id=Subquery(saves.values("pk")[:1]), saved_at=Subquery(saves.values("made_at")[:1])
    )
    return list(sessions.order_by("-created_at")[:RECENT])


def _running_labs(sessions: Iterable[LabSession]) -> Iterator[ToDo]:
    for session in sessions:
        if session.is_live:
            detail = "" if session.ends_at else str(session.get_state_display())
            title, url = title_of(session.lab) or session.lab, reverse("labs:lab", args=(session.lab,))
            yield ToDo(
                title=_("Lab: %s") % title, detail=detail, url=url, action=_("Back to my lab"), until=session.ends_at
            )


def _labs(learner: User, sessions: Iterable[Any], labs_passed: frozenset[str]) -> Iterator[ToDo]:
    """Yield the labs in which the learner has worked and that they have not passed. A past exam is not repeated."""
    best = Attempt.objects.best_of_each(learner) if sessions else {}
    seen = {session.lab for session in sessions if session.is_live} | labs_passed
    for session in sessions:
        is_practice = not session.exam and not session.copy_of_id
        if session.lab in seen or not is_practice or session.ready_at is None:  # never ready: nobody worked in it
            continue
        seen |= {session.lab}
        attempt = best.get(session.lab)
        if (title := title_of(session.lab)) and not (attempt and attempt.is_full):
            points = {"score": attempt.score, "out_of": attempt.out_of} if attempt else {}
            detail = (
                _("Your best attempt: %(score)d of %(out_of)d points.") % points if attempt else _("Not checked yet.")
            )
            url = reverse("labs:lab", args=(session.lab,))
            save = Save(pk=session.save_id, lab=session.lab, made_at=session.saved_at) if session.save_id else None
            yield ToDo(title=_("Lab: %s") % title, detail=detail, url=url, action=_("Open the lab"), save=save)


def _quizzes(learner: User, progress: Iterable[CourseProgress]) -> Iterator[ToDo]:
    """Yield the quizzes of which the learner has answered some questions, but not all."""
    latest = QuizAnswer.objects.of(learner).order_by("-at", "-pk").values_list("quiz", flat=True)
    known = {lesson.quiz.id: (one, lesson) for one in progress for lesson in one.course.lessons() if lesson.quiz}
    for quiz in dict.fromkeys(latest):
        one, lesson = known.get(quiz, (None, None))
        if one and lesson and (left := open_questions(one, lesson)):
            url = reverse("courses:lesson", args=(one.course.id, lesson.id)) + "#quiz"
            title = _("Questions: %s") % lesson.title
            yield ToDo(title=title, detail=f"{left}.", url=url, action=_("Answer the questions"))


def _lessons(progress: Iterable[CourseProgress]) -> Iterator[ToDo]:
    """Yield the next lesson of each of the learner's courses; if all are done, the first lab that is not passed."""
    for one in progress:
        values = {"course": one.course.title, "done": one.count, "total": one.total}
        detail = _("%(course)s, %(done)d of %(total)d lessons done.") % values
        if one.next_lesson:
            url = reverse("courses:lesson", args=(one.course.id, one.next_lesson.id))
            yield ToDo(title=one.next_lesson.title, detail=detail, url=url, action=_("Continue"))
        elif title := title_of(one.next_lab):
            url = reverse("labs:lab", args=(one.next_lab,))
            yield ToDo(title=_("Lab: %s") % title, detail=detail, url=url, action=_("Open the lab"))
