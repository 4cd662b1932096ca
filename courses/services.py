"""What learners do in courses."""

from django.db import transaction

from courses.content import Course, Lesson
from courses.models import Enrolment, LessonDone
from vaka.accounts.models import User


def enrol(learner: User, course: Course) -> Enrolment:
    """Enrol the learner; twice is once."""
    enrolment, _ = Enrolment.objects.get_or_create(learner=learner, course=course.id)
    return enrolment


@transaction.atomic
def finish_lesson(learner: User, course: Course, lesson: Lesson) -> LessonDone:
    """Note that the learner has done the lesson; who does a lesson takes the course."""
    enrol(learner, course)
    done, _ = LessonDone.objects.get_or_create(learner=learner, course=course.id, lesson=lesson.id)
    return done


def reopen_lesson(learner: User, course: Course, lesson: Lesson) -> None:
    """Take it back: the learner pressed too early."""
    LessonDone.objects.filter(learner=learner, course=course.id, lesson=lesson.id).delete()
