"""The questions of a quiz as one learner's page shows them, and what the page's form sends back.

The source of the page must not reveal an answer. So each option has an opaque token, and options are sorted by it: the order
differs between learners and is the same on each visit.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.utils.crypto import salted_hmac

from courses.models import QuizAnswer, RecallAnswer
from courses.quiz import Choice, Given, Match, Number, Option, Order, Question, Quiz
from courses.services import SHOW_AFTER
from vaka.accounts.models import User


@dataclass(frozen=True, slots=True)
class Pick:
    """One option of a form field."""

    token: str
    text: str
    chosen: bool
    option: Option | None = None  # of a choice; a template shows its explanation only when the question is finished


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order or match question, with the options of its select field."""

    name: str
    text: str
    picks: Sequence[Pick]


@dataclass(frozen=True, slots=True)
class Problem:
    """An answer that could not be read: which question, why, and the form as it was sent."""

    question: str
    why: str
    form: QueryDict


class QuestionOnPage:
    """One question on the page of one learner, with the learner's tries."""

    def __init__(
        self,
        learner: str,
        quiz: Quiz,
        question: Question,
        tries: Sequence[QuizAnswer | RecallAnswer],
        problem: "Problem | None" = None,
    ) -> None:
        self.learner, self.quiz, self.question = learner, quiz, question
        self.problem = problem.why if problem else ""
        self.sent: QueryDict | None = problem.form if problem else None
        self.tries = [answer for answer in tries if not answer.shown]
        self.is_right = any(answer.right for answer in tries)
        self.is_shown = any(answer.shown for answer in tries)
        self.last: Given = self.tries[-1].given if self.tries else []

    @property
    def is_finished(self) -> bool:
        return self.is_right or self.is_shown

    @property
    def can_be_shown(self) -> bool:
        return not self.is_finished and len(self.tries) >= SHOW_AFTER

    @property
    def form(self) -> str:
        """The part of the template that shows the question."""
        match self.question:
            case Choice():
                return "choice"
            case Order() | Match():
                return "lines"
            case _:
                return "written"

    @property
    def written(self) -> str:
        if self.sent is not None:
            return self.sent.get("written", "")
        return str(self.last[0]) if self.last else ""

    @property
    def unit(self) -> str:
        return self.question.unit if isinstance(self.question, Number) else ""

    @cached_property
    def picks(self) -> list[Pick]:
        """The options of a choice question, in the order of their tokens."""
        options = self.question.options if isinstance(self.question, Choice) else ()
        picks = [
            Pick(token := self.token(o.text), o.text, self._is_chosen("pick", token, o.text in self.last), o)
            for o in options
        ]
        return sorted(picks, key=lambda pick: pick.token)

    @cached_property
    def lines(self) -> list[Line]:
        match self.question:
            case Order(items=items):
                return self._order_lines(items)
            case Match(pairs=pairs):
                return self._match_lines(pairs)
            case _:
                return []

    @property
    def wrong_choices(self) -> list[Option]:
        """The chosen options that are not right and have an explanation."""
        options = [pick.option for pick in self.picks if pick.chosen and pick.option]
        return [option for option in options if option.why and not option.right]

    @property
    def solution(self) -> Given:
        return self.question.solution

    def given(self, form: QueryDict) -> Given:
        """Return the answer in the form, as texts."""
        match self.question:
            case Choice():
                chosen = form.getlist("pick")
                return [pick.text for pick in self.picks if pick.token in chosen]
            case Order():
                chosen_positions = {line.text: form.get(line.name, "") for line in self.lines}
                positions = [str(at + 1) for at in range(len(chosen_positions))]
                by_position = {position: text for text, position in chosen_positions.items() if position in positions}
                return [by_position[position] for position in positions if position in by_position]
            case Match():
                return [
                    [line.text, pick.text]
                    for line in self.lines
                    for pick in line.picks
                    if pick.token == form.get(line.name)
                ]
            case _:
                return [form.get("written", "")]

    def _is_chosen(self, field: str, value: str, before: bool) -> bool:
        """Whether an option is chosen: in the form that was sent, or else in the last try."""
        return before if self.sent is None else value in self.sent.getlist(field)

    def _order_lines(self, items: Sequence[str]) -> list[Line]:
        """Return each item with a choice of positions. The items never begin in the right order."""
        shown = sorted(items, key=self.token)
        if shown == list(items):
            shown = [*shown[1:], shown[0]]
        last_positions = {str(text): position for position, text in enumerate(self.last)}
        positions = range(len(items))

        def line(text: str) -> Line:
            name, before = self.token(text), last_positions.get(text)
            picks = [Pick(str(i + 1), str(i + 1), self._is_chosen(name, str(i + 1), before == i)) for i in positions]
            return Line(name, text, picks)

        return [line(text) for text in shown]

    def _match_lines(self, pairs: Sequence[tuple[str, str]]) -> list[Line]:
        chosen = [tuple(pair) for pair in self.last]
        rights = sorted({right for _left, right in pairs}, key=self.token)

        def line(left: str) -> Line:
            name = self.token("line", left)
            tokens = [(self.token(right), right) for right in rights]
            picks = [
                Pick(token, right, self._is_chosen(name, token, (left, right) in chosen)) for token, right in tokens
            ]
            return Line(name, left, picks)

        return [line(left) for left, _right in pairs]

    def token(self, *text: str) -> str:
        identity = json.dumps([self.learner, self.quiz.id, self.question.id, *text])
        return salted_hmac("courses.quiz_page", identity, algorithm="sha256").hexdigest()[:16]


def questions_for(
    learner: str, quiz: Quiz, answers: Iterable[QuizAnswer], problem: Problem | None = None
) -> list[QuestionOnPage]:
    """Return all questions of a quiz as the learner's page shows them. ``learner`` is the primary key as text."""
    tries: dict[str, list[QuizAnswer]] = {}
    for answer in answers:
        tries.setdefault(answer.question, []).append(answer)
    return [
        QuestionOnPage(
            learner,
            quiz,
            question,
            tries.get(question.id, []),
            problem if problem and problem.question == question.id else None,
        )
        for question in quiz.questions
    ]


def first_open_question(learner: User | AnonymousUser, quiz: Quiz | None) -> str:
    """Return the fragment of the first question that is open; empty if none is, or for a visitor."""
    if not (quiz and learner.is_authenticated):
        return ""
    questions = questions_for(str(learner.pk), quiz, QuizAnswer.objects.filter(learner=learner, quiz=quiz.id))
    return next((f"#q-{one.question.id}" for one in questions if not one.is_finished), "")
