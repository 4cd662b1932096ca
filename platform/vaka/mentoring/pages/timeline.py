"""The timeline of one trainee: what they did, and questions and notes about it. The newest event comes first."""

from collections import defaultdict
from collections.abc import Collection, Iterator
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
from vaka.mentoring.pages.question_subject import QuestionSubject

PAGE = 100  # events on one page


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. ``kind`` is lesson, quiz, attempt, question, note, assignment or mentor; each kind has its own fields."""

    at: datetime
    kind: str
    shape: str = "note"
    title: str = ""
    url: str = ""
    attempt: Attempt | None = None
    note: Note | None = None
    question: Question | None = None
    about: QuestionSubject | None = None
    assignment: Assignment | None = None
    right: int = 0
    tries: int = 0
    person: User | None = None

    @property
    def week(self) -> date:
        """The Monday of its week."""
        day = timezone.localtime(self.at).date()
        return day - timedelta(days=day.weekday())


@dataclass(frozen=True, slots=True)
class Timeline:
    events: list[Event]
    older: datetime | None  # there are more events before this moment; None: there are not

    @property
    def this_week(self) -> date:
        today = timezone.localdate()
        return today - timedelta(days=today.weekday())


def timeline_of(
    trainee: User, mentorship: Mentorship | None, before: datetime | None = None, closed: Collection[str] = ()
) -> Timeline:
    """Return the trainee's timeline as the mentor of MENTORSHIP sees it; without one, as the trainee sees it.

    CLOSED: labs that an exam closes to the person who reads it. Comments on attempts there are left out.
    """
    before = before or timezone.now() + timedelta(minutes=1)
    found = [
        *_lessons(trainee, before),
        *_quizzes(trainee, before),
        *_attempts(trainee, before),
        *_notes_and_questions(trainee, mentorship, before, closed),
        *_mentors(trainee, mentorship, before),
    ]
    found.sort(key=lambda event: event.at, reverse=True)
    shown = found[:PAGE]
    return Timeline(shown, shown[-1].at if len(found) > PAGE else None)


def _content() -> tuple[dict[tuple[str, str], tuple[Course, Lesson]], dict[str, Lesson]]:
    """Return all lessons by course and id, and by the id of their quiz."""
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
    """Yield one event for each quiz and day."""
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


def _notes_and_questions(
    trainee: User, mentorship: Mentorship | None, before: datetime, closed: Collection[str]
) -> Iterator[Event]:
    visible: dict[str, Any] = {"trainee": trainee}
    notes = Note.objects.for_trainee(trainee)
    if mentorship:
        visible |= {"programme": mentorship.programme}
        notes = Note.objects.for_mentor(mentorship.mentor).filter(**visible)
    notes = notes.filter(Q(question=None), written_at__lt=before).select_related("author", "attempt")
    notes = notes.exclude(attempt__lab__in=closed)
    for note in notes.order_by("-written_at")[: PAGE + 1]:
        yield Event(at=note.written_at, kind="note", note=note, attempt=note.attempt)
    questions = Question.objects.filter(**visible, asked_at__lt=before).order_by("-asked_at")
    for question in questions[: PAGE + 1]:
        shape = "wait" if question.waits_since else "pass"
        about = QuestionSubject(question.about)
        yield Event(at=question.asked_at, kind="question", shape=shape, question=question, about=about)
    for assignment in Assignment.objects.filter(**visible, set_at__lt=before)[: PAGE + 1]:
        title = activity.assignment_title(assignment)
        yield Event(at=assignment.set_at, kind="assignment", shape="wait", title=title, assignment=assignment)


def _mentors(trainee: User, mentorship: Mentorship | None, before: datetime) -> Iterator[Event]:
    rows = Mentorship.objects.filter(trainee=trainee, consented_at__lt=before).select_related("mentor")
    if mentorship:
        rows = rows.filter(programme=mentorship.programme)
    for row in rows:
        if row.consented_at:
            yield Event(at=row.consented_at, kind="mentor", shape="hand", person=row.mentor)
