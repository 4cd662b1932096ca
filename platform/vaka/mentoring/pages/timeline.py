"""What one trainee did and what was said about it, the newest first, by weeks."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from courses.content import Course, Lesson
from courses.loader import catalogue
from courses.models import LessonDone, QuizAnswer
from labs.models import Attempt
from vaka.accounts.models import User
from vaka.mentoring.models import Assignment, Mentorship, Note, Question
from vaka.mentoring.pages import activity
from vaka.mentoring.pages.question_subject import About

PAGE = 100  # events on one page


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """``kind``: lesson, quiz, attempt, question, note, task or mentor; each has its own fields."""

    at: datetime
    kind: str
    shape: str = "note"
    title: str = ""
    url: str = ""
    attempt: Attempt | None = None
    note: Note | None = None
    question: Question | None = None
    about: About | None = None
    task: Assignment | None = None
    right: int = 0
    tries: int = 0
    person: User | None = None

    @property
    def week(self) -> date:
        """Its Monday."""
        day = timezone.localtime(self.at).date()
        return day - timedelta(days=day.weekday())


@dataclass(frozen=True, slots=True)
class TimeLine:
    events: list[Event]
    older: datetime | None  # there is more before this moment

    @property
    def this_week(self) -> date:
        today = timezone.localdate()
        return today - timedelta(days=today.weekday())


def of(trainee: User, mentorship: Mentorship | None, before: datetime | None = None) -> TimeLine:
    """The trainee's time line as his mentor sees it; without a mentorship as he himself does."""
    before = before or timezone.now() + timedelta(minutes=1)
    found = [
        *_lessons(trainee, before),
        *_quizzes(trainee, before),
        *_attempts(trainee, before),
        *_words(trainee, mentorship, before),
        *_mentors(trainee, mentorship, before),
    ]
    found.sort(key=lambda event: event.at, reverse=True)
    shown = found[:PAGE]
    return TimeLine(shown, shown[-1].at if len(found) > PAGE else None)


def _content() -> tuple[dict[tuple[str, str], tuple[Course, Lesson]], dict[str, Lesson]]:
    """Lessons by course and id, and by their quiz."""
    lessons, quizzes = {}, {}
    for course in catalogue(settings.COURSE_CONTENT).values():
        for lesson in course.lessons():
            lessons[course.id, lesson.id] = course, lesson
            if lesson.quiz:
                quizzes[lesson.quiz.id] = lesson
    return lessons, quizzes


def _lessons(trainee: User, before: datetime) -> Iterator[Event]:
    known, _quizzes = _content()
    done = LessonDone.objects.filter(learner=trainee, done_at__lt=before).order_by("-done_at")
    for row in done[: PAGE + 1]:
        _course, lesson = known.get((row.course, row.lesson), (None, None))
        yield Event(at=row.done_at, kind="lesson", shape="book", title=lesson.title if lesson else row.lesson)


def _quizzes(trainee: User, before: datetime) -> Iterator[Event]:
    """One event for a quiz and a day."""
    _lessons, known = _content()
    days: dict[tuple[str, date], list[QuizAnswer]] = defaultdict(list)
    for answer in QuizAnswer.objects.of(trainee).filter(at__lt=before).order_by("-at")[: 5 * PAGE]:
        days[answer.quiz, timezone.localtime(answer.at).date()].append(answer)
    for (quiz, _day), answers in days.items():
        right = sum(answer.right for answer in answers)
        title = known[quiz].title if quiz in known else quiz
        tries = sum(not answer.shown for answer in answers)
        shape = "pass" if right else "none"
        yield Event(at=answers[0].at, kind="quiz", shape=shape, title=title, right=right, tries=tries)


def _attempts(trainee: User, before: datetime) -> Iterator[Event]:
    rows = Attempt.objects.filter(learner=trainee, finished_at__lt=before).order_by("-finished_at", "-pk")
    for attempt in rows[: PAGE + 1]:
        title = activity.lab_title(attempt.lab)
        yield Event(at=attempt.finished_at, kind="attempt", shape=shape_of(attempt), title=title, attempt=attempt)


def shape_of(attempt: Attempt) -> str:
    if attempt.score == attempt.out_of > 0:
        return "pass"
    if attempt.unknown and attempt.score + attempt.unknown == attempt.out_of:
        return "unknown"
    return "assist" if attempt.assisted else "fail"


def _words(trainee: User, mentorship: Mentorship | None, before: datetime) -> Iterator[Event]:
    here: dict[str, Any] = {"trainee": trainee}
    notes = Note.objects.for_trainee(trainee)
    if mentorship:
        here |= {"programme": mentorship.programme}
        notes = Note.objects.for_mentor(mentorship.mentor).filter(**here)
    notes = notes.filter(Q(question=None), written_at__lt=before).select_related("author", "attempt")
    for note in notes.order_by("-written_at")[: PAGE + 1]:
        yield Event(at=note.written_at, kind="note", note=note, attempt=note.attempt)
    questions = Question.objects.filter(**here, asked_at__lt=before).order_by("-asked_at")
    for question in questions[: PAGE + 1]:
        shape = "wait" if question.waits_since else "pass"
        yield Event(at=question.asked_at, kind="question", shape=shape, question=question, about=About(question.about))
    for task in Assignment.objects.filter(**here, set_at__lt=before)[: PAGE + 1]:
        yield Event(at=task.set_at, kind="task", shape="wait", title=activity.task_title(task), task=task)


def _mentors(trainee: User, mentorship: Mentorship | None, before: datetime) -> Iterator[Event]:
    rows = Mentorship.objects.filter(trainee=trainee, consented_at__lt=before).select_related("mentor")
    if mentorship:
        rows = rows.filter(programme=mentorship.programme)
    for row in rows:
        if row.consented_at:
            yield Event(at=row.consented_at, kind="mentor", shape="hand", person=row.mentor)
