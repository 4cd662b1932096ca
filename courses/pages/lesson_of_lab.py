"""The lesson to which a lab leads back, which is the one that was read last of those that do it; and the lesson after it."""

from django.conf import settings
from django.http import HttpRequest

from courses.content import Course, Lesson
from courses.loader import catalogue
from courses.models import Enrolment
from courses.pages.my_progress import open_questions
from courses.progress import CourseProgress, progress_in

READ = "lessons_of_labs"  # in the session: by lab, the course and the lesson that was read last of those that do it


def remember(request: HttpRequest, course: Course, lesson: Lesson) -> None:
    """Remember which lesson was read last of those that do this lab: the lab leads back to it."""
    here = [course.id, lesson.id]
    if request.user.is_authenticated and request.session.get(READ, {}).get(lesson.lab) != here:
        request.session[READ] = {**request.session.get(READ, {}), lesson.lab: here}


def lesson_of_lab(request: HttpRequest, lab: str) -> tuple[Course, Lesson] | tuple[None, None]:
    """Return the lesson that was read last of those that do the lab; else that of a course in which the learner is enrolled."""
    courses = catalogue(settings.COURSE_CONTENT)
    course_id, lesson_id = request.session.get(READ, {}).get(lab, ("", ""))
    course = courses.get(course_id)
    lesson = course.lesson(lesson_id) if course else None
    if course and lesson and lesson.lab == lab:  # the courses may have changed since
        return course, lesson
    found = [(course, lesson) for course in courses.values() if (lesson := course.lesson_of(lab))]
    enrolled = set(Enrolment.objects.filter(learner=request.user.pk).values_list("course", flat=True))
    return next((one for one in found if one[0].id in enrolled), next(iter(found), (None, None)))


def goal_after(lesson: Lesson, course: Course, progress: CourseProgress) -> Lesson | None:
    """Return the lesson to which “Continue the course” leads from the lab of a lesson; None if the course is done.

    It is not the first lesson that is open: the learner may have left one out on purpose.
    """
    every = list(course.lessons())
    return next((one for one in every[every.index(lesson) :] if not progress.is_done(one)), progress.next_lesson)


def open_questions_of_lab(request: HttpRequest, lab: str) -> str:
    """Say how many questions of that lesson are open; empty if none is, and for a visitor. ``labs.hooks`` asks for it."""
    course, lesson = lesson_of_lab(request, lab)
    if not (course and lesson and request.user.is_authenticated):
        return ""
    return open_questions(progress_in(request.user, course), lesson)
