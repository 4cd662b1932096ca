"""The base class of all check types: the fields for an author, the asks for the supervisor, and a pure judge."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, ClassVar, Self

from labs.engine import cpu_budget
from labs.engine.adapters import untrusted
from labs.engine.checks.comparison import Want, is_without
from labs.engine.definition.spec import Kind, Lab, Node
from labs.engine.errors import TooMuch
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Path, Problems, Record

type Ask = dict[str, Any]
type Answer = Mapping[str, Any]

WITH_SHELL = frozenset({Kind.HOST, Kind.FRR, Kind.BIRD})
WITH_BRIDGE = WITH_SHELL | {Kind.SWITCH}
ROUTERS = frozenset({Kind.FRR, Kind.BIRD})
ONLY_FRR = frozenset({Kind.FRR})


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"  # the check could not be made: a fault of the site, which costs the learner nothing
    WAITING = "waiting"  # not checked yet, or a check that it needs has not passed


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of one check at one moment."""

    outcome: Outcome
    expected: Text
    seen: Text
    node: str = ""
    command: str = ""  # what a learner can paste into the node's shell to see the same
    cause: Text | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    share: float = 0.0  # the part that is true, from 0 to 1: a failed check may give this part of its points


class BadExpect(Exception):
    """The author's ``expect`` is wrong; ``found`` holds the path and the message of each mistake."""

    def __init__(self, found: list[tuple[Path, str]]) -> None:
        super().__init__("; ".join(message for _path, message in found))
        self.found = found


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckType(ABC):
    """One check, made on each node in ``on``; it passes when it passes on all of them."""

    NAME: ClassVar[str]
    ABOUT: ClassVar[str]
    KINDS: ClassVar[frozenset[Kind]] = WITH_SHELL
    FIELDS: ClassVar[Mapping[str, Field]]
    DISTURBS: ClassVar[bool] = False  # it disturbs the network, so live checks leave it out
    TIMED: ClassVar[bool] = False  # ``within`` is the time that the network has to recover, by the clock
    # For a type that needs a ``do``: the cause when the condition before the change is not met, so nothing was changed.
    NOT_BEFORE: ClassVar[str] = ""

    @classmethod
    def shape(cls) -> Record:
        return Record(f"The expect of {cls.NAME}", cls.FIELDS)

    @classmethod
    def parse(cls, expect: Mapping[str, Any]) -> Self:
        """Builds the check from what an author wrote; raises BadExpect with all mistakes."""
        problems = Problems()
        read = cls.shape().read(expect, (), problems)
        if not problems.found:
            check = cls.made(read)
            problems.found += [((), message) for message in check.mistakes()]
            if not problems.found:
                return check
        raise BadExpect(problems.found)

    @classmethod
    def made(cls, read: Mapping[str, Any]) -> Self:
        """Builds the check from the fields, each already read by its shape."""
        return cls(**read)

    def placed(self, lab: Lab) -> Self:
        """The same check with what it needs to know of the lab in which it is made."""
        return self

    def mistakes(self) -> Iterable[str]:
        """Yields a message for each mistake in the combination of fields that are valid by themselves."""
        return ()

    def beforehand(self) -> "CheckType | None":
        """The check that must pass before the ``do``, so that a pass afterwards proves something."""
        return None

    def recovery(self, seconds: float, hold: float) -> "CheckType | None":
        """For a TIMED type: the check whose one question lasts until the network has recovered, at most so many seconds.

        It must then work for ``hold`` seconds. The check passes with the time as evidence: ``recovered_after``.
        """
        return None

    def sooner(self) -> "CheckType":
        """The same check with a question that takes less time, for the first try: whatever passes it passes this one too."""
        return self

    def proves_absence(self) -> bool:
        """Whether it passes because something is not there. An attempt judges that when the network has converged."""
        return getattr(self, "present", True) is False or any(is_without(want) for want in self.wants())

    def needs_control(self) -> bool:
        """Whether it passes in a network in which nothing works, too. Then another check must show that the network works."""
        count = getattr(self, "count", None)
        return getattr(self, "present", True) is False or (isinstance(count, Want) and count.accepts(0))

    def one_failure_is_enough(self, finding: Finding) -> bool:
        """Whether this failure is something that was seen and must not be: a lost packet or a busy server cannot make it fail."""
        return False

    def wants(self) -> Iterable[object]:
        """The expected values."""
        return [getattr(self, field.name) for field in dataclasses.fields(self)]

    def vrf_name(self) -> str:
        """The VRF that the ``expect`` asks about; "" for the default one."""
        return str(getattr(self, "vrf", ""))

    def nodes(self) -> tuple[str, ...]:
        """The nodes that the ``expect`` names."""
        return ()

    @abstractmethod
    def asks_of(self, node: Node) -> list[Ask]:
        """The asks for one node in ``on``."""

    @abstractmethod
    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        """Judges the answers to ``asks_of``; all of them are ok."""

    @abstractmethod
    def command_on(self, node: Node) -> str: ...

    @abstractmethod
    def expected(self) -> Text: ...

    def refused(self, node: Node, error: str) -> Text | None:
        """The likely cause when the node refused to answer."""
        return _REFUSED if node.kind is Kind.HOST else Text(NOT_RUNNING, node=node.name)

    def asks(self, on: Sequence[Node]) -> list[Ask]:
        return [ask for node in on for ask in self.asks_of(node)]

    def judge(self, on: Sequence[Node], answers: Sequence[object]) -> Finding:
        """Returns the first failure, else the first unknown, else the last pass. It does not raise, whatever the answers are."""
        findings, at = [], 0
        for node in on:
            count = len(self.asks_of(node))
            findings.append(self._judge_one(node, answers[at : at + count], count))
            at += count
        share = sum(1.0 if finding.outcome is Outcome.PASSED else finding.share for finding in findings) / len(findings)
        for outcome in (Outcome.FAILED, Outcome.UNKNOWN):
            for finding in findings:
                if finding.outcome is outcome:
                    return replace(finding, share=share)
        return findings[-1]

    def _judge_one(self, node: Node, answers: Sequence[object], count: int) -> Finding:
        good = [answer for answer in answers if isinstance(answer, Mapping)]
        if len(good) != count or not all(isinstance(answer.get("ok"), bool) for answer in good):
            return self.unknown(node, "no answer")
        for answer in good:
            if answer["ok"] is False and answer.get("kind") not in BY_THE_NODE:
                return self.unknown(node, said_by(answer))
        for answer in good:
            if answer["ok"] is False:
                error = untrusted.text(answer.get("error"))
                return self.failed(
                    node,
                    Text(_("%(node)s answered: %(error)s"), node=node.name, error=error),
                    self.refused(node, error),
                )
        try:
            with cpu_budget.of_node(node.name):
                return self.judge_of(node, good)
        except TooMuch as error:
            return self.unknown(node, error.text)

    def passed(self, node: Node, seen: Text, **evidence: object) -> Finding:
        return self._finding(Outcome.PASSED, node, seen, None, evidence)

    def failed(self, node: Node, seen: Text, cause: Text | None = None, **evidence: object) -> Finding:
        return self._finding(Outcome.FAILED, node, seen, cause, evidence)

    def unknown(self, node: Node, error: str | Text) -> Finding:
        seen = Text(_("%(node)s could not be checked: %(error)s"), node=node.name, error=error or "no answer")
        return self._finding(Outcome.UNKNOWN, node, seen, None, {})

    def _finding(
        self, outcome: Outcome, node: Node, seen: Text, cause: Text | None, evidence: Mapping[str, Any]
    ) -> Finding:
        return Finding(
            outcome=outcome,
            expected=self.expected(),
            seen=seen,
            node=node.name,
            command=self.command_on(node),
            cause=cause,
            evidence=evidence,
        )


def said_by(answer: Answer) -> str | Text:
    """Return the reason why there is no answer. A Text is a sentence of the engine: a node cannot send one."""
    error = answer.get("error")
    return error if isinstance(error, Text) else untrusted.text(error)


# The learner's node itself gave such an answer. Every other error may be a fault of the site.
BY_THE_NODE = ("refused", "too_big")
NOT_RUNNING = _(
    "The routing daemon does not run on %(node)s. Check whether it has stopped, or whether its start file has changed."
)
NOT_CONFIGURED = _("The protocol is not configured on %(node)s.")
_REFUSED = Text(_("The node refused to answer. Reset the node to bring it back to its initial state."))


def expected_values(pairs: Mapping[str, object]) -> Text:
    """Writes the expected values of named fields, as “cost 10, area 0”."""
    return Text.fields({name: value for name, value in pairs.items() if value is not None})


def differing(wants: Mapping[str, tuple[Want | None, Any]]) -> list[str]:
    """The names of the fields whose value is not the expected one."""
    return [name for name, (want, seen) in wants.items() if want is not None and not want.accepts(seen)]


def not_as_expected(wrong: Sequence[list[str]]) -> Text:
    """The likely cause when it exists with other values. Of several it names the fields of the nearest one."""
    nearest = sorted(wrong, key=len)[0]
    return Text(_("Not as expected: %(fields)s"), fields=listed(nearest))


def listed(values: Iterable[object], most: int = 6) -> str:
    """Writes the first values with commas, and the number of those left out."""
    words = [str(value) for value in values]
    more = f", … (+{len(words) - most})" if len(words) > most else ""
    return ", ".join(words[:most]) + more
