"""The test before or after a course as a page: all questions in one form, and what the form sends back."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict

from courses.blueprint import Blueprint, Part
from courses.models import TestPaper
from courses.pages.quiz import Problem, QuestionOnPage
from courses.quiz import Given, Unreadable


@dataclass(frozen=True, slots=True)
class Sent:
    """The content of a form: the answers by question (a question may have none).

    If one of them cannot be read, ``problems`` has every question, so that the page shows again what was filled in.
    """

    given: dict[str, Given]
    problems: dict[str, Problem]


def questions_of(
    learner: str, blueprint: Blueprint, part: Part, problems: dict[str, Problem] | None = None
) -> list[QuestionOnPage]:
    """Return the questions of a test. ``learner`` is the primary key as text: the order of options depends on it."""
    test, problems = blueprint.tests[part], problems or {}
    return [QuestionOnPage(learner, test, question, (), problems.get(question.id)) for question in test.questions]


def read_form(learner: str, blueprint: Blueprint, part: Part, form: QueryDict) -> Sent:
    """Read the form. The name of each field begins with the id of its question and a dot."""
    given: dict[str, Given] = {}
    problems: dict[str, Problem] = {}
    for shown in questions_of(learner, blueprint, part):
        own, why = fields_of(form, shown.question.id), ""
        if any(value.strip() for _name, values in own.lists() for value in values):
            answer = shown.given(own)
            try:
                shown.question.read(answer)
                given[shown.question.id] = answer
            except Unreadable as problem:
                why = str(problem)
        problems[shown.question.id] = Problem(shown.question.id, why, own)
    return Sent(given, problems if any(one.why for one in problems.values()) else {})


def fields_of(form: QueryDict, question: str) -> QueryDict:
    """Return what a form has for one question: the name of each of its fields begins with the id of the question and a dot."""
    own = QueryDict(mutable=True)
    for name, values in form.lists():
        if name.startswith(f"{question}."):
            own.setlist(name.removeprefix(f"{question}."), values)
    return own


@dataclass(frozen=True, slots=True)
class Result:
    """A paper as its learner sees it: how many answers were right, by objective. It does not say which answer is right."""

    blueprint: Blueprint
    paper: TestPaper

    @property
    def out_of(self) -> int:
        return len(self.paper.answers)

    @property
    def rows(self) -> Sequence[tuple[str, str, int, int]]:
        """(objective, id of its lesson, right answers, questions)."""
        rows = []
        for objective in self.blueprint.objectives:
            answers = [one for one in self.paper.answers.values() if one["objective"] == objective.id]
            rows.append((objective.text, objective.lesson, sum(bool(one["right"]) for one in answers), len(answers)))
        return rows
