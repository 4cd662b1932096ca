"""What every check type is: fields for the author, asks for the supervisor, and a pure judge."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, ClassVar, Self

from labs.engine.adapters import reading
from labs.engine.checks.comparison import Want
from labs.engine.definition.spec import Kind, Node
from labs.engine.errors import TooMuch
from labs.engine.runtime import budget
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
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
    UNKNOWN = "unknown"  # we could not look: ours to mend, it costs the learner nothing
    WAITING = "waiting"  # not looked at yet, or a check before it has not passed


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one look at one check found."""

    outcome: Outcome
    expected: Text
    seen: Text
    node: str = ""
    command: str = ""  # what a learner can paste in the node to see it too
    cause: Text | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    share: float = 0.0  # how much of it is true, where a check that failed may give a part of its points


class BadExpect(Exception):
    """An author's ``expect`` is wrong; ``found`` has the path and the sentence of each mistake."""

    def __init__(self, found: list[tuple[Path, str]]) -> None:
        super().__init__("; ".join(message for _path, message in found))
        self.found = found


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckType(ABC):
    """One question, asked on each vantage node; it passes when it passes on all of them."""

    NAME: ClassVar[str]
    ABOUT: ClassVar[str]
    KINDS: ClassVar[frozenset[Kind]] = WITH_SHELL
    FIELDS: ClassVar[Mapping[str, Field]]
    STIRS: ClassVar[bool] = False  # it sends what a network feels, so a look does not ask it
    NOT_BEFORE: ClassVar[str] = (
        ""  # of what a change does: it needs a ``do``, and this is said when nothing was changed
    )

    @classmethod
    def shape(cls) -> Record:
        return Record(f"The expect of {cls.NAME}", cls.FIELDS)

    @classmethod
    def parse(cls, expect: Mapping[str, Any]) -> Self:
        """Builds the check from what an author wrote; raises BadExpect with all that is wrong."""
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
        """Builds the check from the fields that an author gave, each read by its shape."""
        return cls(**read)

    def mistakes(self) -> Iterable[str]:
        """Says what is wrong between fields that are each right."""
        return ()

    def beforehand(self) -> "CheckType | None":
        """What must pass before the ``do`` of its check, so that passing afterwards proves something."""
        return None

    def nodes(self) -> tuple[str, ...]:
        """Names the nodes that the expect speaks of."""
        return ()

    @abstractmethod
    def asks_of(self, node: Node) -> list[Ask]:
        """Says what to ask for one vantage node."""

    @abstractmethod
    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        """Judges the answers to ``asks_of``, all of them ok."""

    @abstractmethod
    def command_on(self, node: Node) -> str: ...

    @abstractmethod
    def expected(self) -> Text: ...

    def refused(self, node: Node, error: str) -> Text | None:
        """The likely cause when the node answered no."""
        return _SILENT if node.kind is Kind.HOST else Text(NOT_RUNNING, node=node.name)

    def asks(self, on: Sequence[Node]) -> list[Ask]:
        return [ask for node in on for ask in self.asks_of(node)]

    def judge(self, on: Sequence[Node], answers: Sequence[object]) -> Finding:
        """Returns the first failure, else the first unknown, else the last pass. Never raises, whatever comes."""
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
                error = reading.text(answer.get("error"))
                return self.failed(
                    node,
                    Text(_("%(node)s answered: %(error)s"), node=node.name, error=error),
                    self.refused(node, error),
                )
        try:
            with budget.of_node(node.name):
                return self.judge_of(node, good)
        except TooMuch as error:
            return self.unknown(node, error.text)

    def passed(self, node: Node, seen: Text, **evidence: object) -> Finding:
        return self._finding(Outcome.PASSED, node, seen, None, evidence)

    def failed(self, node: Node, seen: Text, cause: Text | None = None, **evidence: object) -> Finding:
        return self._finding(Outcome.FAILED, node, seen, cause, evidence)

    def unknown(self, node: Node, error: str | Text) -> Finding:
        seen = Text(_("We could not look at %(node)s: %(error)s"), node=node.name, error=error or "no answer")
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
    """Why there is no answer. A sentence of ours stays one; no node can send such a thing."""
    error = answer.get("error")
    return error if isinstance(error, Text) else reading.text(error)


BY_THE_NODE = ("refused", "too_big")  # what a node answers is its learner's doing; silence may be ours
NOT_RUNNING = _(
    "The daemon that knows the answer does not run on %(node)s. Did it stop, or was its start file changed?"
)
_SILENT = Text(_("The node refused to answer. A reset of this node brings it back to its start."))


def wanted(pairs: Mapping[str, object]) -> Text:
    """Writes the wanted values of named fields, as “cost 10, area 0”."""
    return Text.fields({name: value for name, value in pairs.items() if value is not None})


def differing(wants: Mapping[str, tuple[Want | None, Any]]) -> list[str]:
    """Names the fields whose seen value is not the wanted one."""
    return [name for name, (want, seen) in wants.items() if want is not None and not want.accepts(seen)]


def not_as_wanted(wrong: Sequence[list[str]]) -> Text:
    """The likely cause when something is there with other values: the fields of the nearest one."""
    nearest = sorted(wrong, key=len)[0]
    return Text(_("Not as wanted: %(fields)s"), fields=listed(nearest))


def listed(values: Iterable[object], most: int = 6) -> str:
    """Writes some values with commas, and how many more there are."""
    words = [str(value) for value in values]
    more = f", … (+{len(words) - most})" if len(words) > most else ""
    return ", ".join(words[:most]) + more
