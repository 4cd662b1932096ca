"""The timetables of a course as the page for trainers shows them, and what each of its labs has for a class."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from courses.content import Course, Lesson
from courses.trainer import Row, RowKind, TrainerPage
from labs.engine.authoring import trainer_and_handout as lab_trainer
from labs.engine.definition.spec import Lab
from labs.registry.versions import NoSuchLab, newest

TITLES = {
    "half-day": _("Half a day"),
    "one-day": _("One day"),
    "day-1": _("Three days: day 1"),
    "day-2": _("Three days: day 2"),
    "day-3": _("Three days: day 3"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a timetable. ``begins`` counts from the start of the day, as h:mm."""

    begins: str
    row: Row
    lesson: Lesson | None
    lab: Lab | None

    @property
    def is_break(self) -> bool:
        return self.row.kind is RowKind.BREAK


@dataclass(frozen=True, slots=True)
class Day:
    id: str
    title: str
    entries: Sequence[Entry]
    lasts: str


@dataclass(frozen=True, slots=True)
class ClassLab:
    """A lab of the course. ``minutes``: in a class; 0 if its author does not say."""

    lab: Lab
    minutes: int


def days_of(course: Course, page: TrainerPage) -> Iterator[Day]:
    for key, title in TITLES.items():
        gone, entries = 0, []
        for row in page.days[key]:
            lesson = course.lesson(row.what) if row.kind is RowKind.LESSON else None
            lab = _lab(row.what) if row.kind is RowKind.LAB else None
            entries.append(Entry(_hours(gone), row, lesson, lab))
            gone += row.minutes
        yield Day(key, str(title), entries, _hours(gone))


def labs_of(course: Course) -> Iterator[ClassLab]:
    """Yield the labs of the course that the site has."""
    for lab in filter(None, map(_lab, course.labs)):
        page = lab_trainer.read(lab)
        yield ClassLab(lab, sum(page.minutes.values()) if page else 0)


def _lab(lab_id: str) -> Lab | None:
    try:
        return newest(lab_id)
    except NoSuchLab:  # a site may have courses without their labs
        return None


def _hours(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"
