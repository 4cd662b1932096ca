"""Where a learner is in a course: pure functions over content and what was done."""

from collections.abc import Collection
from dataclasses import dataclass

from courses.content import Course, Lesson


@dataclass(frozen=True, slots=True)
class Progress:
    course: Course
    done: frozenset[str]

    @property
    def count(self) -> int:
        return sum(1 for lesson in self.course.lessons() if lesson.id in self.done)

    @property
    def total(self) -> int:
        return sum(1 for _ in self.course.lessons())

    @property
    def here(self) -> Lesson | None:
        """The first lesson that is not done; None when all are."""
        return next((lesson for lesson in self.course.lessons() if lesson.id not in self.done), None)

    @property
    def parts(self) -> list[tuple[int, bool]]:
        """The bar of progress: where each part begins, of 250 units, and whether it is done."""
        wide = 250 / max(self.total, 1)
        return [(round(i * wide), i < self.count) for i in range(self.total)]

    @property
    def part_width(self) -> int:
        return max(round(250 / max(self.total, 1)) - 2, 1)


def progress(course: Course, done: Collection[str]) -> Progress:
    return Progress(course, frozenset(done))
