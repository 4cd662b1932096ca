"""The lessons and courses of agenda items, as the site has them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

from courses.content import Course, Lesson
from courses.loader import catalogue
from vaka.workshops.models import AgendaItem


@dataclass(frozen=True, slots=True)
class LessonLink:
    course: Course
    lesson: Lesson


def lessons_of(item: AgendaItem) -> list[LessonLink]:
    """The lessons of the item that the site still has."""
    courses, found = catalogue(settings.COURSE_CONTENT), list[LessonLink]()
    for course_id, _slash, lesson_id in (one.partition("/") for one in item.lessons):
        course = courses.get(course_id)
        if course and (lesson := course.lesson(lesson_id)):
            found.append(LessonLink(course, lesson))
    return found


def courses_taught(items: Iterable[AgendaItem]) -> list[Course]:
    """The courses of these items, and those of their lessons, each once: people may take the tests of all of them."""
    known = catalogue(settings.COURSE_CONTENT)
    ids = dict.fromkeys(
        id_ for item in items for id_ in (*item.courses, *(one.partition("/")[0] for one in item.lessons))
    )
    return [known[id_] for id_ in ids if id_ in known]
