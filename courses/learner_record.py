"""All that one learner did, for the page that shows it and for the file that he may take with him."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courses.content import Course, Lesson
from courses.learner_progress import standings
from courses.models import Enrolment, LessonDone, QuizAnswer
from courses.progress import Progress
from labs.models import Attempt
from labs.registry.versions import NoSuchLab, newest
from vaka.accounts.models import User


@dataclass(frozen=True, slots=True)
class LessonRow:
    lesson: Lesson
    done: bool
    at: datetime | None  # when the learner said that it is done
    right: int  # questions
    tries: int

    @property
    def questions(self) -> int:
        return len(self.lesson.quiz.questions) if self.lesson.quiz else 0


@dataclass(frozen=True, slots=True)
class LabRow:
    lab: str
    title: str
    best: Attempt
    attempts: int
    passed: bool


def of_course(learner: User, courses: Iterable[Course]) -> list[tuple[Progress, list[LessonRow]]]:
    taken = set(Enrolment.objects.of(learner).values_list("course", flat=True))
    said = {(row.course, row.lesson): row.done_at for row in LessonDone.objects.filter(learner=learner)}
    tries: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for answer in QuizAnswer.objects.of(learner):
        tries[answer.quiz] += not answer.shown
        right[answer.quiz] += answer.right
    found = []
    for mine in standings(learner, [course for course in courses if course.id in taken]):
        rows = []
        for lesson in mine.course.lessons():
            quiz = lesson.quiz.id if lesson.quiz else ""
            at = said.get((mine.course.id, lesson.id))
            rows.append(LessonRow(lesson, mine.is_done(lesson), at, right[quiz], tries[quiz]))
        found.append((mine, rows))
    return found


def of_labs(learner: User) -> list[LabRow]:
    """Return each lab that was tried, with its best attempt; of equals the first."""
    attempts = list(Attempt.objects.filter(learner=learner, kind=Attempt.Kind.ATTEMPT).order_by("lab", "-score", "pk"))
    counts = Counter(attempt.lab for attempt in attempts)
    best: dict[str, Attempt] = {}
    for attempt in attempts:
        best.setdefault(attempt.lab, attempt)
    return [LabRow(lab, _title(lab), one, counts[lab], one.is_full) for lab, one in best.items()]


def as_data(learner: User) -> dict[str, Any]:
    """Courses and lessons as plain data. Answers and attempts are many; who takes them along reads them page by page."""
    lessons = LessonDone.objects.filter(learner=learner).values("course", "lesson", "done_at")
    return {
        "courses": list(Enrolment.objects.of(learner).values("course", "created_at")),
        "lessons": list(lessons),
    }


def _title(lab: str) -> str:
    try:
        return newest(lab).title
    except NoSuchLab:  # taken out of the catalogue since
        return lab
