"""The questions that a learner has answered in their lessons, and never correctly."""

from dataclasses import dataclass

from courses.content import Course, Lesson
from courses.models import QuizAnswer
from courses.pages.recall import places_of_quizzes
from courses.quiz import Question
from vaka.accounts.models import User


@dataclass(frozen=True, slots=True)
class NotRightYet:
    """A question that the learner has answered in its lesson, and never correctly. It has no card: it counts, and waits there."""

    course: Course
    lesson: Lesson
    question: Question


def questions(learner: User) -> list[NotRightYet]:
    """Return these questions in the order of their courses. One query."""
    _finished, tried = QuizAnswer.objects.finished_and_not_right(learner)
    places = places_of_quizzes() if any(tried.values()) else {}
    return [
        NotRightYet(course, lesson, question)
        for quiz, (course, lesson) in places.items()
        for question in (lesson.quiz.questions if lesson.quiz else ())
        if question.id in tried.get(quiz, ())
    ]
