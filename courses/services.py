"""The actions of learners in courses: enrol, mark lessons as done, answer questions."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from courses import recall
from courses.blueprint import Blueprint, Part
from courses.content import Course, Lesson
from courses.models import Enrolment, LessonDone, QuizAnswer, QuizAnswerQuerySet, SurveyReply, TestPaper
from courses.quiz import Given, Question
from vaka.accounts.models import User

SHOW_AFTER = 3  # tries
MOST_TRIES = 100  # of one question that are stored, and the right one


class TooEarly(Exception):
    """The answer is shown only after SHOW_AFTER tries."""


class OtherTry(Exception):
    """The key of this try names a try at another question."""


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
def answer_question(
    learner: User,
    course: Course,
    lesson: Lesson,
    question: Question,
    given: Given,
    *,
    key: UUID | None = None,
) -> QuizAnswer:
    """Store a try. A question that is finished stays as it is, and beyond MOST_TRIES only a right one is stored.

    Raises Unreadable if GIVEN is no answer of its kind.

    The last answer again, by a double click or unchanged by “Try again”, is the same try.

    ``key`` names a try that a browser may hand in twice; the second time it is returned as it was stored. Raises OtherTry
    if another question has a try of this key.
    """
    tries = _tries(learner, lesson, question)
    if key and (stored := QuizAnswer.objects.of(learner).filter(key=key).first()):
        if (stored.quiz, stored.question) != (_quiz_id(lesson), question.id):
            raise OtherTry
        return stored
    if finished := tries.filter(Q(right=True) | Q(shown=True)).first():
        return finished
    read = question.read(given)
    enrol(learner, course)
    Enrolment.objects.select_for_update(no_key=True).get(learner=learner, course=course.id)  # two clicks come at once
    last = tries.last()
    if last and last.given == read:
        return last
    is_right = question.is_right(read)
    if last and not is_right and tries.count() >= MOST_TRIES:
        return last
    if is_right:
        recall.remember(learner, _quiz_id(lesson), question.id, right=last is None)
    return tries.create(
        learner=learner, quiz=_quiz_id(lesson), question=question.id, given=read, right=is_right, key=key
    )


@transaction.atomic
def show_answer(learner: User, lesson: Lesson, question: Question) -> QuizAnswer:
    """Show the answer to a question: it then counts as shown, not as right. Raises TooEarly."""
    tries = _tries(learner, lesson, question)
    if finished := tries.filter(Q(right=True) | Q(shown=True)).first():
        return finished
    if tries.count() < SHOW_AFTER:
        raise TooEarly
    recall.remember(learner, _quiz_id(lesson), question.id, right=False)
    return tries.create(learner=learner, quiz=_quiz_id(lesson), question=question.id, shown=True)


def hand_in(learner: User, course: Course, blueprint: Blueprint, part: Part, given: Mapping[str, Given]) -> TestPaper:
    """Store the answers to a test, by question. A question without an answer counts as not right. The first paper stays.

    Raises Unreadable if an answer is none of its kind.
    """
    answers = {}
    for question in blueprint.tests[part].questions:
        read = question.read(given[question.id]) if question.id in given else None
        right = read is not None and question.is_right(read)
        answers[question.id] = {"objective": blueprint.objective_of[question.id], "given": read, "right": right}
    paper, _ = TestPaper.objects.get_or_create(
        learner=learner, course=course.id, part=part, defaults={"answers": answers}
    )
    return paper


def reply_to_survey(learner: User, course: Course, answers: Mapping[str, int | str]) -> SurveyReply:
    """Store the reply. The first one stays."""
    reply, _ = SurveyReply.objects.get_or_create(learner=learner, course=course.id, defaults={"answers": dict(answers)})
    return reply


def _tries(learner: User, lesson: Lesson, question: Question) -> QuizAnswerQuerySet:
    return QuizAnswer.objects.of(learner).filter(quiz=_quiz_id(lesson), question=question.id)


def _quiz_id(lesson: Lesson) -> str:
    return lesson.quiz.id if lesson.quiz else ""
