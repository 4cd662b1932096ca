"""Courses, lessons and questions by their ids, or a page that says that there is none (404)."""

from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from courses.blueprint import Blueprint
from courses.content import Course, Lesson
from courses.loader import catalogue as course_catalogue
from courses.progress import CourseProgress, progress_in
from courses.quiz import Question


def course_or_404(course_id: str) -> Course:
    course = course_catalogue(settings.COURSE_CONTENT).get(course_id)
    if course is None:
        raise Http404(_("There is no such course."))
    return course


def lesson_or_404(course_id: str, lesson_id: str) -> tuple[Course, Lesson]:
    course = course_or_404(course_id)
    lesson = course.lesson(lesson_id)
    if lesson is None:
        raise Http404(_("There is no such lesson."))
    return course, lesson


def question_or_404(lesson: Lesson, question_id: str) -> Question:
    question = lesson.quiz.question(question_id) if lesson.quiz else None
    if question is None:
        raise Http404(_("There is no such question."))
    return question


def blueprint_or_404(course_id: str) -> tuple[Course, Blueprint]:
    course = course_or_404(course_id)
    if course.blueprint is None:
        raise Http404(_("This course has no tests."))
    return course, course.blueprint


def progress_of_reader(request: HttpRequest, course: Course) -> CourseProgress:
    """Return the progress of the learner who is signed in; of a visitor without an account, an empty one."""
    return progress_in(request.user, course) if request.user.is_authenticated else CourseProgress(course)
