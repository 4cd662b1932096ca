"""What a quiz is, and when an answer is right. Pure; ``courses.quiz_file`` reads one from its file.

An answer is *given* in a form that people can read later, whatever happens to the file: texts, not positions in a list.
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
NUMBER = re.compile(r"/?([-+]?[0-9]{1,15}(?:[.,][0-9]{1,15})?)")


class Unreadable(Exception):
    """What was given is no answer of this kind; it says why, and counts as no try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(ABC):
    id: str  # stable: tries are kept by it
    kind: str
    ask: SafeString
    right: SafeString  # said when it is right: it teaches
    wrong: SafeString  # said when it is not yet right: it points the way

    @abstractmethod
    def read(self, given: Given) -> Given:
        """Return the answer as it is kept; raise Unreadable when it is none."""

    @abstractmethod
    def is_right(self, given: Given) -> bool:
        """Say whether an answer that was read is right."""

    @property
    @abstractmethod
    def solution(self) -> Given:
        """A right answer, for who asks to be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    text: str  # as written: this is what is kept
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
            raise Unreadable(_("Nothing is chosen yet."))
        return chosen if self.many else chosen[:1]

    def is_right(self, given: Given) -> bool:
        return set(map(str, given)) == set(self.solution)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written(Question):
    """An answer that is typed, in one line."""

    def read(self, given: Given) -> Given:
        text = " ".join(str(given[0]).split()) if given else ""
        if not text:
            raise Unreadable(_("Nothing is written yet."))
        if len(text) > LONGEST:
            raise Unreadable(_("This is too long."))
        self.meaning(text)
        return [text]

    @abstractmethod
    def meaning(self, text: str) -> object:
        """What is compared; raise Unreadable when the text means nothing of this kind."""


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
            raise Unreadable(_("Write a number, in digits."))
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
            raise Unreadable(_("Write the address alone, without its prefix length."))
        try:
            return ip_address(text.partition("%")[0])
        except ValueError:
            raise Unreadable(_("This is no IP address yet. Look at its colons or dots.")) from None

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
            raise Unreadable(_("A prefix ends with its length, such as /48. Write that too."))
        try:
            ip_address(address.strip())
            if not length.strip().isdecimal():
                raise ValueError
            loose = ip_network(f"{address.strip()}/{length.strip()}", strict=False)
        except ValueError:
            raise Unreadable(_("This is no prefix yet. Look at its colons or dots, and at its length.")) from None
        if loose.network_address != ip_address(address.strip()):
            raise Unreadable(_("In a prefix, no bits are set behind its length."))
        return loose

    def is_right(self, given: Given) -> bool:
        return self.meaning(str(given[0])) == self.answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Written):
    """Compared word by word: spaces do not matter, capitals do, and an address may be written in any of its forms."""

    accept: tuple[str, ...]

    @property
    def solution(self) -> list[str]:
        return [self.accept[0]]

    def meaning(self, text: str) -> tuple[str, ...]:
        return tuple(map(_word, text.split()))

    def is_right(self, given: Given) -> bool:
        return self.meaning(str(given[0])) in map(self.meaning, self.accept)


def _word(word: str) -> str:
    try:
        return str(ip_interface(word)) if "/" in word else str(ip_address(word))
    except ValueError:
        return word


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Question):
    items: tuple[str, ...]  # in the right order

    @property
    def solution(self) -> list[str]:
        return list(self.items)

    def read(self, given: Given) -> Given:
        if sorted(map(str, given)) != sorted(self.items):
            raise Unreadable(_("Give each line a place of its own."))
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
            raise Unreadable(_("Choose something in each line."))
        return [[left, chosen[left]] for left, _right in self.pairs]

    def is_right(self, given: Given) -> bool:
        return [tuple(pair) for pair in given] == list(self.pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiz:
    id: str  # stable, and unique on the site: tries are kept by it
    questions: Sequence[Question] = field(default_factory=tuple)

    def question(self, question_id: str) -> Question | None:
        return next((question for question in self.questions if question.id == question_id), None)
