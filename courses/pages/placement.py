"""The placement test as a page: all questions in one form, and where its answers say to begin.

Nobody is graded by it, and nothing is stored: the answers are in the address of the result. A course counts as known if all its
questions were answered right.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict

from courses import roadmap_drawing
from courses.content import Course, all_before
from courses.pages.course_tests import fields_of
from courses.pages.quiz import Problem, QuestionOnPage
from courses.placement import Placement
from courses.quiz import Unreadable

EVERYBODY = ""  # in place of a learner: the order of the options is the same for all


@dataclass(frozen=True, slots=True)
class Row:
    """The answers about one course."""

    course: Course
    right: int
    asked: int
    here: bool = False  # the first that is not known

    @property
    def is_known(self) -> bool:
        return self.right == self.asked


@dataclass(frozen=True, slots=True)
class Result:
    """ROWS: the courses that were asked about, in the order of the roadmap. OPEN: others, if what comes before is known."""

    rows: Sequence[Row]
    open: Sequence[Course]

    @property
    def begin(self) -> Course | None:
        return next((row.course for row in self.rows if row.here), None)


def questions_of(placement: Placement, form: QueryDict | None = None) -> list[QuestionOnPage]:
    """Return the questions, with what FORM has filled in."""
    return [
        QuestionOnPage(EVERYBODY, placement.quiz, question, (), _sent(question.id, form))
        for question in placement.quiz.questions
    ]


def _sent(question: str, form: QueryDict | None) -> Problem | None:
    return None if form is None else Problem(question, "", fields_of(form, question))


def has_answers(placement: Placement, form: QueryDict) -> bool:
    return any(
        value
        for question in placement.quiz.questions
        for _, values in fields_of(form, question.id).lists()
        for value in values
    )


def result_of(placement: Placement, form: QueryDict, courses: Mapping[str, Course]) -> Result:
    """Judge the form. What cannot be read, or was left out, is not right."""
    right = {shown.question.id for shown in questions_of(placement) if _is_right(shown, form)}
    rows: list[Row] = []
    others = []
    for course in roadmap_drawing.in_order(courses):
        questions = {question for question, one in placement.course_of.items() if one == course.id}
        if not questions:
            others.append(course)
            continue
        count, is_first = len(right & questions), not any(row.here for row in rows)
        rows.append(Row(course, count, len(questions), here=is_first and count < len(questions)))
    unknown = {row.course.id for row in rows if not row.is_known}
    return Result(rows, [course for course in others if not all_before(course.id, courses) & unknown])


def _is_right(shown: QuestionOnPage, form: QueryDict) -> bool:
    try:
        return shown.question.is_right(shown.question.read(shown.given(fields_of(form, shown.question.id))))
    except Unreadable:
        return False
