"""The pages of questions that come back: the cards whose question is still in a course, and one question with its answer."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from courses import recall
from courses.content import Course, Lesson
from courses.loader import catalogue
from courses.models import RecallAnswer, RecallCard
from courses.pages.quiz import Problem, QuestionOnPage
from courses.quiz import Question, Quiz
from vaka.accounts.models import User

DUE, WRONG = "due", "wrong"  # which questions a learner goes through


@dataclass(frozen=True, slots=True)
class Asked:
    """A card with its question, and the course and lesson of the question."""

    card: RecallCard
    course: Course
    lesson: Lesson
    quiz: Quiz
    question: Question

    def on_page(self, problem: Problem | None = None, answer: RecallAnswer | None = None) -> QuestionOnPage:
        """Return the question without the tries of the lesson, or with ANSWER as the only one."""
        tries = [answer] if answer else []
        return QuestionOnPage(str(self.card.learner_id), self.quiz, self.question, tries, problem)


@dataclass(frozen=True, slots=True)
class Questions:
    """A learner's questions that are still in a course. ``next_due``: the first day of those that are not for today."""

    due: list[Asked]
    wrong: list[Asked]
    next_due: datetime | None

    def of(self, which: str) -> list[Asked]:
        return self.wrong if which == WRONG else self.due


def questions(learner: User, now: datetime, closed: Collection[str] = ()) -> Questions:
    """Return the questions that are for today, and those whose last answer was wrong. One query.

    CLOSED: labs that an exam closes to the learner. Questions of lessons that lead there are left out.
    """
    midnight = recall.end_of_day(now, learner)
    cards = RecallCard.objects.filter(learner=learner)  # what is due first comes first
    every = [asked for asked in _with_questions(cards) if asked.lesson.lab not in closed]
    due = [one for one in every if one.card.due < midnight]
    wrong = sorted((one for one in every if not one.card.right), key=lambda one: one.card.answered_at)
    return Questions(due, wrong, next((one.card.due for one in every if one.card.due >= midnight), None))


def lesson_of_quiz(quiz: str) -> Lesson | None:
    """Return the lesson with the quiz of this id; None if no course has it any more."""
    return places_of_quizzes().get(quiz, (None, None))[1]


def question_of(learner: User, quiz: str, question: str) -> Asked | None:
    cards = RecallCard.objects.filter(learner=learner, quiz=quiz, question=question)
    return next(iter(_with_questions(cards)), None)


def _with_questions(cards: Iterable[RecallCard]) -> list[Asked]:
    every = list(cards)
    places = places_of_quizzes() if every else {}
    found = []
    for card in every:
        course, lesson = places.get(card.quiz, (None, None))
        question = lesson.quiz.question(card.question) if lesson and lesson.quiz else None
        if course and lesson and lesson.quiz and question:
            found.append(Asked(card, course, lesson, lesson.quiz, question))
    return found


def places_of_quizzes() -> Mapping[str, tuple[Course, Lesson]]:
    """Return, by the id of a quiz, its course and lesson."""
    every = catalogue(settings.COURSE_CONTENT).values()
    return {lesson.quiz.id: (course, lesson) for course in every for lesson in course.lessons() if lesson.quiz}
