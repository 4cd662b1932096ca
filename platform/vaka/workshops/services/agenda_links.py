"""The lessons of an agenda item, as links."""

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
