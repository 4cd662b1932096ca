"""What learners do in courses."""

from django.db import transaction
from django.db.models import Q

from courses.content import Course, Lesson
from courses.models import Enrolment, LessonDone, QuizAnswer, QuizAnswerQuerySet
from courses.quiz import Given, Question
from vaka.accounts.models import User

SHOW_AFTER = 3  # tries


class TooEarly(Exception):
    """The answer is shown after some tries only."""


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


@transaction.atomic
def answer_question(learner: User, course: Course, lesson: Lesson, question: Question, given: Given) -> QuizAnswer:
    """Keep a try; raise Unreadable when what was given is none. A question that is finished stays as it is."""
    tries = _tries(learner, lesson, question)
    if finished := tries.filter(Q(right=True) | Q(shown=True)).first():
        return finished
    read = question.read(given)
    enrol(learner, course)
    return tries.create(
        learner=learner,
        quiz=_quiz_id(lesson),
        question=question.id,
        given=read,
        right=question.is_right(read),
    )


@transaction.atomic
def show_answer(learner: User, lesson: Lesson, question: Question) -> QuizAnswer:
    """Give up on a question: it counts as shown, not as right."""
    tries = _tries(learner, lesson, question)
    if finished := tries.filter(Q(right=True) | Q(shown=True)).first():
        return finished
    if tries.count() < SHOW_AFTER:
        raise TooEarly
    return tries.create(learner=learner, quiz=_quiz_id(lesson), question=question.id, shown=True)


def _tries(learner: User, lesson: Lesson, question: Question) -> QuizAnswerQuerySet:
    return QuizAnswer.objects.of(learner).filter(quiz=_quiz_id(lesson), question=question.id)


def _quiz_id(lesson: Lesson) -> str:
    return lesson.quiz.id if lesson.quiz else ""
