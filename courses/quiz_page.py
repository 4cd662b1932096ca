"""How a question is put to one person, so that the page's source tells nobody the answer.

What can be chosen is called by opaque tokens and stands in their order: another for each person, the same on each visit.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.http import QueryDict
from django.utils.crypto import salted_hmac

from courses.models import QuizAnswer
from courses.quiz import Choice, Given, Match, Number, Option, Order, Question, Quiz
from courses.services import SHOW_AFTER


@dataclass(frozen=True, slots=True)
class Pick:
    """Something that can be chosen."""

    token: str
    text: str
    chosen: bool
    option: Option | None = None  # of a choice; a template tells it only when the question is finished


@dataclass(frozen=True, slots=True)
class Line:
    """A line with something to choose for it."""

    name: str
    text: str
    picks: Sequence[Pick]


class Asked:
    """One question on the page of one person."""

    def __init__(
        self, who: str, quiz: Quiz, question: Question, tries: Sequence[QuizAnswer], problem: str = ""
    ) -> None:
        self.who, self.quiz, self.question, self.problem = who, quiz, question, problem
        self.tries = [answer for answer in tries if not answer.shown]
        self.is_right = any(answer.right for answer in tries)
        self.is_shown = any(answer.shown for answer in tries)
        self.last: Given = self.tries[-1].given if self.tries else []

    @property
    def is_finished(self) -> bool:
        return self.is_right or self.is_shown

    @property
    def may_show(self) -> bool:
        return not self.is_finished and len(self.tries) >= SHOW_AFTER

    @property
    def form(self) -> str:
        """Which part of the template asks it."""
        match self.question:
            case Choice():
                return "choice"
            case Order() | Match():
                return "lines"
            case _:
                return "written"

    @property
    def written(self) -> str:
        return str(self.last[0]) if self.last else ""

    @property
    def unit(self) -> str:
        return self.question.unit if isinstance(self.question, Number) else ""

    @cached_property
    def picks(self) -> list[Pick]:
        """The options of a choice."""
        options = self.question.options if isinstance(self.question, Choice) else ()
        picks = [Pick(self.token(option.text), option.text, option.text in self.last, option) for option in options]
        return sorted(picks, key=lambda pick: pick.token)

    @cached_property
    def lines(self) -> list[Line]:
        match self.question:
            case Order(items=items):
                return self._places(items)
            case Match(pairs=pairs):
                return self._partners(pairs)
            case _:
                return []

    @property
    def whys(self) -> list[Option]:
        """What was chosen and is not right, with its reason."""
        options = [pick.option for pick in self.picks if pick.chosen and pick.option]
        return [option for option in options if option.why and not option.right]

    @property
    def solution(self) -> Given:
        return self.question.solution

    def given(self, form: QueryDict) -> Given:
        """Return what the form says, as texts."""
        match self.question:
            case Choice():
                chosen = form.getlist("pick")
                return [pick.text for pick in self.picks if pick.token in chosen]
            case Order():
                places = {line.text: form.get(line.name, "") for line in self.lines}
                wanted = [str(at + 1) for at in range(len(places))]
                by_place = {place: text for text, place in places.items() if place in wanted}
                return [by_place[place] for place in wanted if place in by_place]
            case Match():
                return [
                    [line.text, pick.text]
                    for line in self.lines
                    for pick in line.picks
                    if pick.token == form.get(line.name)
                ]
            case _:
                return [form.get("written", "")]

    def _places(self, items: Sequence[str]) -> list[Line]:
        """Each item with the places that it may have; never shown in the right order to begin with."""
        shown = sorted(items, key=self.token)
        if shown == list(items):
            shown = [*shown[1:], shown[0]]
        at = {str(text): place for place, text in enumerate(self.last)}
        places = range(len(items))
        return [
            Line(self.token(text), text, [Pick(str(i + 1), str(i + 1), at.get(text) == i) for i in places])
            for text in shown
        ]

    def _partners(self, pairs: Sequence[tuple[str, str]]) -> list[Line]:
        chosen = [tuple(pair) for pair in self.last]
        rights = sorted({right for _left, right in pairs}, key=self.token)
        return [
            Line(
                self.token("line", left),
                left,
                [Pick(self.token(right), right, (left, right) in chosen) for right in rights],
            )
            for left, _right in pairs
        ]

    def token(self, *text: str) -> str:
        words = json.dumps([self.who, self.quiz.id, self.question.id, *text])
        return salted_hmac("courses.quiz_page", words, algorithm="sha256").hexdigest()[:16]


def put(who: str, quiz: Quiz, answers: Iterable[QuizAnswer], problem: tuple[str, str] = ("", "")) -> list[Asked]:
    """Put all questions of a quiz to a person. ``problem`` is the id of a question, and why its answer was no answer."""
    tries: dict[str, list[QuizAnswer]] = {}
    for answer in answers:
        tries.setdefault(answer.question, []).append(answer)
    return [
        Asked(who, quiz, question, tries.get(question.id, []), problem[1] if problem[0] == question.id else "")
        for question in quiz.questions
    ]
