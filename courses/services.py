"""What learners do in courses: enrol, mark lessons as done, answer questions."""

from django.db import transaction
from django.db.models import Q

from courses.content import Course, Lesson
from courses.models import Enrolment, LessonDone, QuizAnswer, QuizAnswerQuerySet
from courses.quiz import Given, Question
from vaka.accounts.models import User

SHOW_AFTER = 3  # tries


class TooEarly(Exception):
    """The answer is shown only after SHOW_AFTER tries."""


def enrol(learner: User, course: Course) -> Enrolment:
    """Enrol the learner, unless they are enrolled already."""
    enrolment, _ = Enrolment.objects.get_or_create(learner=learner, course=course.id)
    return enrolment


@transaction.atomic
def mark_lesson_done(learner: User, course: Course, lesson: Lesson) -> LessonDone:
    """Mark the lesson as done, and enrol the learner in the course."""
    enrol(learner, course)
    done, _ = LessonDone.objects.get_or_create(learner=learner, course=course.id, lesson=lesson.id)
    return done


def mark_lesson_not_done(learner: User, course: Course, lesson: Lesson) -> None:
    """Undo ``mark_lesson_done``."""
    LessonDone.objects.filter(learner=learner, course=course.id, lesson=lesson.id).delete()


@transaction.atomic
def answer_question(learner: User, course: Course, lesson: Lesson, question: Question, given: Given) -> QuizAnswer:
    """Store a try. A question that is finished stays as it is. Raises Unreadable if GIVEN is no answer of its kind."""
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
    """Show the answer to a question: it then counts as shown, not as right. Raises TooEarly."""
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
