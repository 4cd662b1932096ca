"""Where a learner is in a course: pure functions over content and what was done."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from courses.content import Course, Lesson, Module

NOTHING: Mapping[str, Collection[str]] = {}


@dataclass(frozen=True, slots=True)
class Progress:
    """What one learner did in one course. A lesson is done when he said so and its quiz, if it has one, is answered."""

    course: Course
    said_done: frozenset[str]  # ids of lessons
    answered: Mapping[str, Collection[str]] = field(default_factory=dict)  # of each quiz, the finished questions
    passed: frozenset[str] = frozenset()  # ids of labs

    @property
    def done(self) -> frozenset[str]:
        return frozenset(lesson.id for lesson in self.course.lessons() if self.is_done(lesson))

    def is_done(self, lesson: Lesson) -> bool:
        return lesson.id in self.said_done and not self.open_questions(lesson)

    def open_questions(self, lesson: Lesson) -> int:
        if lesson.quiz is None:
            return 0
        finished = self.answered.get(lesson.quiz.id, ())
        return sum(1 for question in lesson.quiz.questions if question.id not in finished)

    @property
    def count(self) -> int:
        return len(self.done)

    @property
    def total(self) -> int:
        return sum(1 for _ in self.course.lessons())

    @property
    def here(self) -> Lesson | None:
        """The first lesson that is not done; None when all are."""
        done = self.done
        return next((lesson for lesson in self.course.lessons() if lesson.id not in done), None)

    @property
    def modules(self) -> list["ModuleProgress"]:
        return [ModuleProgress(module, self) for module in self.course.modules]

    @property
    def open_lab(self) -> str:
        """The first lab that is not passed; empty when all are."""
        return next((lab for module in self.modules for lab in module.labs if lab not in self.passed), "")

    @property
    def is_finished(self) -> bool:
        return all(module.is_finished for module in self.modules)

    @property
    def parts(self) -> list[tuple[int, bool]]:
        """The bar of progress: where each part begins, of 250 units, and whether it is done."""
        wide, done = 250 / max(self.total, 1), self.done
        return [(round(i * wide), lesson.id in done) for i, lesson in enumerate(self.course.lessons())]

    @property
    def part_width(self) -> int:
        return max(round(250 / max(self.total, 1)) - 2, 1)


@dataclass(frozen=True, slots=True)
class ModuleProgress:
    """A module is finished when its lessons are done and its labs passed."""

    module: Module
    whole: Progress

    @property
    def labs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(lesson.lab for lesson in self.module.lessons if lesson.lab))

    @property
    def lessons_done(self) -> int:
        return sum(1 for lesson in self.module.lessons if self.whole.is_done(lesson))

    @property
    def labs_passed(self) -> int:
        return sum(1 for lab in self.labs if lab in self.whole.passed)

    @property
    def is_finished(self) -> bool:
        return self.lessons_done == len(self.module.lessons) and self.labs_passed == len(self.labs)


def progress(
    course: Course,
    done: Collection[str],
    answered: Mapping[str, Collection[str]] = NOTHING,
    passed: Collection[str] = (),
) -> Progress:
    return Progress(course, frozenset(done), answered, frozenset(passed))
