"""Quizzes, their kinds of questions, and when an answer is right: pure functions. ``courses.quiz_file`` reads a quiz from YAML.

An answer is stored as texts, not as positions in a list. So people can read it later, even if the author changes the file.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_interface, ip_network

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

type Given = list[str] | list[list[str]]

LONGEST = 300  # characters of a written answer
SHORTENED = re.compile(r"([a-z0-9-]+)\[([a-z0-9-]+)\]")  # "sh[ow]": the end may be left out
NUMBER = re.compile(r"/?([-+]?[0-9]{1,15}(?:[.,][0-9]{1,15})?)")


class Unreadable(Exception):
    """The answer cannot be read as one of this kind. The text says why. It does not count as a try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(ABC):
    id: str  # stable: the stored tries refer to it
    kind: str
    ask: SafeString
    right: SafeString  # shown with a right answer: explains it
    wrong: SafeString  # shown with a wrong answer: gives a hint

    @abstractmethod
    def read(self, given: Given) -> Given:
        """Return the answer in the form in which it is stored. Raises Unreadable."""

    @abstractmethod
    def is_right(self, given: Given) -> bool:
        """Return whether an answer that ``read`` returned is right."""

    @property
    @abstractmethod
    def solution(self) -> Given:
        """A right answer, for a learner who asks to see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    text: str  # as the author wrote it; stored as the answer
    html: SafeString
    right: bool
    why: SafeString


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Question):
    """Kinds ``one`` and ``several``."""

    options: tuple[Option, ...]

    @property
    def many(self) -> bool:
        return self.kind == "several"

    @property
    def solution(self) -> list[str]:
        return [option.text for option in self.options if option.right]

    def read(self, given: Given) -> Given:
        chosen = [option.text for option in self.options if option.text in given]
        if not chosen:
            raise Unreadable(_("Choose an answer first."))
        return chosen if self.many else chosen[:1]

    def is_right(self, given: Given) -> bool:
        return set(map(str, given)) == set(self.solution)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written(Question):
    """A question whose answer is typed, in one line."""

    def read(self, given: Given) -> Given:
        text = " ".join(str(given[0]).split()) if given else ""
        if not text:
            raise Unreadable(_("Write an answer first."))
        if len(text) > LONGEST:
            raise Unreadable(_("Your answer is too long. Write at most %(count)s characters.") % {"count": LONGEST})
        self.meaning(text)
        return [text]

    @abstractmethod
    def meaning(self, text: str) -> object:
        """Return the value to compare. Raises Unreadable if the text is not of this kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Written):
    answer: Decimal
    tolerance: Decimal
    unit: str

    @property
    def solution(self) -> list[str]:
        return [f"{self.answer:f} {self.unit}".strip()]

    def meaning(self, text: str) -> Decimal:
        found = NUMBER.fullmatch(text.removesuffix(self.unit).strip() if self.unit else text)
        if found is None:
            raise Unreadable(_("This is not a number. Write it in digits."))
        return Decimal(found[1].replace(",", "."))

    def is_right(self, given: Given) -> bool:
        return abs(self.meaning(str(given[0])) - self.answer) <= self.tolerance


@dataclass(frozen=True, slots=True, kw_only=True)
class Address(Written):
    answer: IPv4Address | IPv6Address

    @property
    def solution(self) -> list[str]:
        return [str(self.answer)]

    def meaning(self, text: str) -> IPv4Address | IPv6Address:
        if "/" in text:
            raise Unreadable(_("Write the address without its prefix length."))
        try:
            return ip_address(text.partition("%")[0])
        except ValueError:
            raise Unreadable(_("This is not an IP address. Check its colons or dots.")) from None

    def is_right(self, given: Given) -> bool:
        return self.meaning(str(given[0])) == self.answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix(Written):
    answer: IPv4Network | IPv6Network

    @property
    def solution(self) -> list[str]:
        return [str(self.answer)]

    def meaning(self, text: str) -> IPv4Network | IPv6Network:
        address, slash, length = text.partition("/")
        if not slash:
            raise Unreadable(_("The prefix length is missing. Add it, for example /48."))
        try:
            ip_address(address.strip())
            if not length.strip().isdecimal():
                raise ValueError
            loose = ip_network(f"{address.strip()}/{length.strip()}", strict=False)
        except ValueError:
            raise Unreadable(_("This is not a prefix. Check its colons or dots, and its length.")) from None
        if loose.network_address != ip_address(address.strip()):
            raise Unreadable(_("This is not a prefix: bits after its length are set. Set them to 0."))
        return loose

    def is_right(self, given: Given) -> bool:
        return self.meaning(str(given[0])) == self.answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Written):
    """Compared word by word. Spaces do not matter, upper and lower case do. An address may be in any of its notations.

    A word such as ``sh[ow]`` can be shortened, as routers allow: ``sh``, ``sho`` and ``show`` are right.
    """

    accept: tuple[str, ...]

    @property
    def solution(self) -> list[str]:
        return [in_full(self.accept[0])]

    def meaning(self, text: str) -> tuple[str, ...]:
        return tuple(map(_word, text.split()))

    def is_right(self, given: Given) -> bool:
        typed = self.meaning(str(given[0]))
        return any(_is_command(typed, accept.split()) for accept in self.accept)


def _word(word: str) -> str:
    try:
        return str(ip_interface(word)) if "/" in word else str(ip_address(word))
    except ValueError:
        return word


def in_full(accept: str) -> str:
    """Return a command with its words as long as they can be: ``show`` for ``sh[ow]``."""
    return " ".join(SHORTENED.sub(r"\1\2", word) for word in accept.split())


def _is_command(typed: Sequence[str], accept: Sequence[str]) -> bool:
    return len(typed) == len(accept) and all(map(_fits, typed, accept))


def _fits(typed: str, accept: str) -> bool:
    if not (found := SHORTENED.fullmatch(accept)):
        return typed == _word(accept)
    return typed.startswith(found[1]) and in_full(accept).startswith(typed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Question):
    items: tuple[str, ...]  # in the right order

    @property
    def solution(self) -> list[str]:
        return list(self.items)

    def read(self, given: Given) -> Given:
        if sorted(map(str, given)) != sorted(self.items):
            raise Unreadable(_("Give each line a different number."))
        return given

    def is_right(self, given: Given) -> bool:
        return list(map(str, given)) == list(self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match(Question):
    pairs: tuple[tuple[str, str], ...]

    @property
    def solution(self) -> list[list[str]]:
        return [list(pair) for pair in self.pairs]

    def read(self, given: Given) -> Given:
        rights = {right for _left, right in self.pairs}
        chosen = {pair[0]: pair[1] for pair in given if len(pair) == 2 and pair[1] in rights}
        if not all(left in chosen for left, _right in self.pairs):
            raise Unreadable(_("Choose an answer for each line."))
        return [[left, chosen[left]] for left, _right in self.pairs]

    def is_right(self, given: Given) -> bool:
        return [tuple(pair) for pair in given] == list(self.pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiz:
    id: str  # stable, and unique on the site: the stored tries refer to it
    questions: Sequence[Question] = field(default_factory=tuple)

    def question(self, question_id: str) -> Question | None:
        return next((question for question in self.questions if question.id == question_id), None)
