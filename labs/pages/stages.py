"""How a stage of a lab and each of its checks is shown: a shape, and words in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from labs.engine.definition.spec import Check, Stage
from labs.engine.text import Text
from labs.models import CheckStatus

SHAPES = {"": "none", "passed": "pass", "failed": "fail", "unknown": "unknown", "waiting": "wait"}


def words(text: Mapping[str, Any] | None) -> str:
    """Return a kept Text in the reader's language. Its parameters may come out of a lab; the template escapes them."""
    if not text:
        return ""
    return Text.from_json(text).in_words(gettext)


@dataclass(frozen=True, slots=True)
class CheckView:
    """A check and what it is now, if somebody has looked."""

    check: Check
    record: CheckStatus | None
    opened: bool
    assisted: bool = False  # its stage was done for the learner
    tells: bool = True  # false in a ticket: to find the cause is the learner's work

    @property
    def shape(self) -> str:
        if self.passed and self.assisted:
            return "assist"
        return SHAPES.get(self.record.outcome, "unknown") if self.record else "none"

    @property
    def passed(self) -> bool:
        return bool(self.record and self.record.outcome == "passed")

    @property
    def was_achieved(self) -> bool:
        """Whether it has passed before, and does not now."""
        return bool(self.record and self.record.first_passed_at and not self.passed)

    @property
    def expected(self) -> str:
        return words(self.record.expected) if self.record else ""

    @property
    def seen(self) -> str:
        return words(self.record.seen) if self.record else ""

    @property
    def cause(self) -> str:
        return words(self.record.cause) if self.record and self.tells else ""

    @property
    def hints(self) -> list[tuple[int, str]]:
        return list(enumerate(self.check.hint, 1)) if self.tells else []

    @property
    def read_more(self) -> list[tuple[str, str]]:
        """Return (words, address) of each; the address of what is not an RFC is for others to know."""
        names = self.record.read_more if self.record else []
        return [(name, _rfc(name)) for name in names]


def _rfc(name: str) -> str:
    prefix, _space, number = name.partition(" ")
    return f"https://www.rfc-editor.org/rfc/rfc{number}" if prefix == "RFC" and number.isdigit() else ""


@dataclass(frozen=True, slots=True)
class StageView:
    number: int
    stage: Stage
    checks: list[CheckView]
    guide: str
    now: bool
    asked: bool  # whether the learner has asked for a check: before, what does not pass has not been reached
    assisted: bool = False  # it was done for the learner

    @property
    def shape(self) -> str:
        if self.now:
            return "run"
        if self.assisted:
            return "assist"
        if all(check.passed for check in self.checks):
            return "pass"
        failed = [check for check in self.checks if check.shape == "fail"]
        return "fail" if any(self.asked or check.was_achieved for check in failed) else "none"

    @property
    def points(self) -> int:
        return sum(check.record.points for check in self.checks if check.record)

    @property
    def hidden(self) -> int:
        """Points of checks that the learner does not see."""
        return self.stage.points - sum(check.check.points for check in self.checks)
