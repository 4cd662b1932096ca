"""The courses as a reader sees them: each after its prerequisites, how far the reader is, and the roadmap as a drawing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from courses import roadmap_drawing
from courses.content import Course
from courses.models import Enrolment
from courses.progress import CourseProgress, progress_in_each
from courses.roadmap_drawing import Box, Drawing
from vaka.accounts.models import User

WORDS = {"pass": _("Finished"), "run": _("Started"), "none": _("Not started"), "wait": _("Later")}


@dataclass(frozen=True, slots=True)
class CourseRow:
    """A course of the catalogue. ``before``: its prerequisites. ``progress`` is None for a reader without an account."""

    course: Course
    before: tuple[Course, ...]
    after: tuple[Course, ...]
    enrolled: bool
    shape: str
    progress: CourseProgress | None

    @property
    def word(self) -> str:
        return str(WORDS[self.shape])


@dataclass(frozen=True)
class Roadmap:
    """One of the two drawings, with the row of each course."""

    drawing: Drawing
    rows: Mapping[str, CourseRow]

    @property
    def boxes(self) -> Iterator[tuple[Box, CourseRow]]:
        for box in self.drawing.boxes:
            yield box, self.rows[box.course.id]


@dataclass(frozen=True)
class CourseCatalogue:
    courses: Mapping[str, Course]
    rows: Mapping[str, CourseRow]  # each after its prerequisites
    enrolled: Sequence[str] = ()  # the reader's courses, the newest first

    @property
    def progress(self) -> list[CourseProgress]:
        return [row.progress for row in self.rows.values() if row.progress]

    @property
    def here(self) -> str:
        """The course in which the reader is: the newest one that is started and not finished; empty if there is none."""
        return next(
            (course for course in self.enrolled if course in self.rows and self.rows[course].shape == "run"), ""
        )

    @property
    def _has_ways(self) -> bool:
        """Whether a course builds on another one. If not, a drawing says nothing."""
        return any(row.before for row in self.rows.values())

    @property
    def narrow(self) -> Roadmap | None:
        return Roadmap(roadmap_drawing.narrow(self.courses), self.rows) if self._has_ways else None

    @property
    def wide(self) -> Roadmap | None:
        drawing = roadmap_drawing.wide(self.courses) if self._has_ways else None
        return Roadmap(drawing, self.rows) if drawing else None


def catalogue_for(reader: User | None, courses: Mapping[str, Course]) -> CourseCatalogue:
    """Return the catalogue; with a reader, also what they have done of each course."""
    progress: dict[str, CourseProgress] = {}
    enrolled: list[str] = []
    if reader:
        progress = {one.course.id: one for one in progress_in_each(reader, courses.values())}
        enrolled = list(Enrolment.objects.of(reader).values_list("course", flat=True))
    finished = {course for course, one in progress.items() if one.is_finished}
    direct = roadmap_drawing.direct(courses)
    rows = {}
    for course in roadmap_drawing.in_order(courses):
        before = tuple(courses[one] for one, other in direct if other == course.id)
        after = tuple(courses[other] for one, other in direct if one == course.id)
        is_open = not reader or all(one.id in finished for one in before)
        shape = "pass" if course.id in finished else "run" if course.id in enrolled else "none" if is_open else "wait"
        rows[course.id] = CourseRow(course, before, after, course.id in enrolled, shape, progress.get(course.id))
    return CourseCatalogue(courses, rows, enrolled)
