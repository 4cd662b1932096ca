"""The labs by course, in the order of the lessons to which they belong: ``labs.hooks`` asks for it."""

from django.conf import settings

from courses.loader import catalogue
from courses.pages.catalogue import catalogue_for
from labs.hooks import LabCourse, LabLesson
from vaka.accounts.models import User


def labs_by_course(learner: User) -> list[LabCourse]:
    """Return the courses that have labs, each after its prerequisites. A lab is in the first course that names it."""
    seen: set[str] = set()
    found = []
    for row in catalogue_for(learner, catalogue(settings.COURSE_CONTENT)).rows.values():
        lessons = []
        for lesson in row.course.lessons():
            if lesson.lab and lesson.lab not in seen and lesson is row.course.lesson_of(lesson.lab):
                seen.add(lesson.lab)
                done = bool(row.progress and row.progress.is_done(lesson))
                lessons.append(LabLesson(lesson.lab, lesson.id, lesson.title, done))
        if lessons:
            before = tuple((one.id, one.title) for one in row.before)
            found.append(LabCourse(row.course.id, row.course.title, before, tuple(lessons)))
    return found
