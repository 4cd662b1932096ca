"""The progress of a learner in a course: ``CourseProgress`` compares the course with what the learner did.

What the certificate of a course still requires is in ``courses.certificate_progress``.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import F

from courses.content import Course, Lesson, Module
from courses.models import LessonDone, QuizAnswer
from labs.models import Attempt
from vaka.accounts.models import User


@dataclass(frozen=True, slots=True)
class CourseProgress:
    """The work of one learner in one course. A lesson is done when the learner marked it and answered all its questions."""

    course: Course
    marked_done: Collection[str] = frozenset()  # ids of lessons
    answered: Mapping[str, Collection[str]] = field(default_factory=dict)  # by quiz: ids of the finished questions
    labs_passed: Collection[str] = frozenset()  # ids
    not_right: Mapping[str, Collection[str]] = field(
        default_factory=dict
    )  # by quiz: ids of the questions not right yet

    @property
    def done(self) -> frozenset[str]:
        return frozenset(lesson.id for lesson in self.course.lessons() if self.is_done(lesson))

    def is_done(self, lesson: Lesson) -> bool:
        return lesson.id in self.marked_done and not self.open_questions(lesson)

    def open_questions(self, lesson: Lesson) -> int:
        if lesson.quiz is None:
            return 0
        finished = self.answered.get(lesson.quiz.id, ())
        return sum(1 for question in lesson.quiz.questions if question.id not in finished)

    def not_right_yet(self, lesson: Lesson) -> int:
        """Return how many of the open questions the learner has answered, and never correctly."""
        if lesson.quiz is None:
            return 0
        tried = self.not_right.get(lesson.quiz.id, ())
        return sum(1 for question in lesson.quiz.questions if question.id in tried)

    @property
    def count(self) -> int:
        return len(self.done)

    @property
    def total(self) -> int:
        return sum(1 for _ in self.course.lessons())

    @property
    def next_lesson(self) -> Lesson | None:
        """The first lesson that is not done; None when all are."""
        done = self.done
        return next((lesson for lesson in self.course.lessons() if lesson.id not in done), None)

    @property
    def modules(self) -> list["ModuleProgress"]:
        return [ModuleProgress(module, self) for module in self.course.modules]

    @property
    def next_lab(self) -> str:
        """The id of the first lab that is not passed; empty when all are."""
        return next((lab for module in self.modules for lab in module.labs if lab not in self.labs_passed), "")

    @property
    def is_finished(self) -> bool:
        return all(module.is_finished for module in self.modules)

    @property
    def bar_parts(self) -> list[tuple[int, bool]]:
        """The parts of the progress bar, one for each lesson: where it begins, of 250 units, and whether it is done."""
        width, done = 250 / max(self.total, 1), self.done
        return [(round(i * width), lesson.id in done) for i, lesson in enumerate(self.course.lessons())]

    @property
    def bar_part_width(self) -> int:
        return max(round(250 / max(self.total, 1)) - 2, 1)


@dataclass(frozen=True, slots=True)
class ModuleProgress:
    """A module is finished when its lessons are done and its labs passed."""

    module: Module
    course_progress: CourseProgress

    @property
    def labs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(lesson.lab for lesson in self.module.lessons if lesson.lab))

    @property
    def lessons_done(self) -> int:
        return sum(1 for lesson in self.module.lessons if self.course_progress.is_done(lesson))

    @property
    def labs_passed(self) -> int:
        return sum(1 for lab in self.labs if lab in self.course_progress.labs_passed)

    @property
    def is_finished(self) -> bool:
        return self.lessons_done == len(self.module.lessons) and self.labs_passed == len(self.labs)


def progress_in(learner: User, course: Course) -> CourseProgress:
    return progress_in_each(learner, [course])[0]


def progress_in_each(learner: User, courses: Iterable[Course]) -> list[CourseProgress]:
    """Return the learner's progress in each course, with three queries for any number of courses."""
    marked: dict[str, set[str]] = defaultdict(set)
    for course, lesson in LessonDone.objects.filter(learner=learner).values_list("course", "lesson"):
        marked[course].add(lesson)
    answered, not_right = QuizAnswer.objects.finished_and_not_right(learner)
    passed = labs_passed(learner)
    return [CourseProgress(course, frozenset(marked[course.id]), answered, passed, not_right) for course in courses]


def labs_passed(learner: User) -> frozenset[str]:
    """Return the ids of the labs in which one attempt has all points and no check that is unknown."""
    full = Attempt.objects.filter(learner=learner, kind=Attempt.Kind.ATTEMPT, unknown=0, score=F("out_of"))
    return frozenset(full.filter(out_of__gt=0).order_by().values_list("lab", flat=True).distinct())
