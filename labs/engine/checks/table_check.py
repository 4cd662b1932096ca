"""Base classes of the check types that look in a table. Key fields select rows; the other fields say what those rows must hold.

Most of what a network knows is a table. A type of this kind says where the table comes from, and has its own sentences.
"""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from labs.engine.adapters import untrusted
from labs.engine.adapters.routing_daemon import Question
from labs.engine.adapters.routing_state import Silent
from labs.engine.checks.base import (
    NOT_CONFIGURED,
    NOT_RUNNING,
    ROUTERS,
    Answer,
    Ask,
    CheckType,
    Finding,
    expected_values,
    listed,
    not_as_expected,
)
from labs.engine.checks.comparison import Compare, Want, plain
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Flag

type Row = Mapping[str, Any]
type Rows = Sequence[Row] | Silent

HOW: Mapping[str, Field] = {
    "every": Field(Flag(), "true: all selected entries must match; otherwise one is enough."),
    "count": Field(Compare(), "the number of entries that match; at least one if left out."),
    "present": Field(Flag(), "false: no entry may match."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCheck(CheckType):
    KEYS: ClassVar[tuple[str, ...]] = ()  # the fields that select rows
    ASIDE: ClassVar[tuple[str, ...]] = ("protocol", "family", "vrf")  # the fields that say where to look
    DEFAULTS: ClassVar[Mapping[str, Want]] = {}  # what a field expects that is left out, except with `present: false`
    EXPECTED: ClassVar[str]
    UNEXPECTED: ClassVar[str]
    MISSING: ClassVar[str]  # the likely cause when no row is selected
    values: Mapping[str, Any]

    @classmethod
    def made(cls, read: Mapping[str, Any]) -> Self:
        return cls(values={**(cls.DEFAULTS if read.get("present", True) else {}), **read})

    @abstractmethod
    def rows(self, node: Node, answers: Sequence[Answer]) -> Rows:
        """Returns the rows; their keys are the names of the fields."""

    def vrf_name(self) -> str:
        return str(self.values.get("vrf", "")) if "vrf" in self.ASIDE else ""

    @property
    def present(self) -> bool:
        return self.values.get("present", True) is True

    def wants(self) -> Iterable[object]:
        return self.values.values()

    def needs_control(self) -> bool:
        """Whether an empty table passes."""
        return self._enough([]) is self.present

    def named(self) -> dict[str, Any]:
        """The expected values, without the fields that say how many rows must match."""
        return {name: value for name, value in self.values.items() if name not in HOW and name not in self.ASIDE}

    def expected(self) -> Text:
        return Text(self.EXPECTED if self.present else self.UNEXPECTED, what=expected_values(_worded(self.named())))

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        known = self.rows(node, answers)
        if isinstance(known, Silent):
            return self.judge_silent(node, known)
        selected = [
            row for row in known if all(_fits(self.values[k], row.get(k)) for k in self.KEYS if k in self.values)
        ]
        wrong = [
            [n for n, want in self.named().items() if n not in self.KEYS and not _fits(want, r.get(n))]
            for r in selected
        ]
        shown = listed((_row(row) for row in selected or known), 4)
        seen = Text(_("%(node)s shows: %(rows)s"), node=node.name, rows=shown or "–")
        table = [_written(row) for row in (selected or known)[:20]]
        if self._enough(wrong) is self.present:
            return self.passed(node, seen, rows=table)
        if not self.present:
            return self.failed(node, seen, rows=table)
        return self.failed(node, seen, self.cause(node, selected, wrong), rows=table)

    def cause(self, node: Node, selected: Sequence[Row], wrong: Sequence[list[str]]) -> Text:
        """The likely cause when no row matches."""
        off = [fields for fields in wrong if fields]
        return not_as_expected(off) if off else Text(self.MISSING, node=node.name)

    def _enough(self, wrong: Sequence[list[str]]) -> bool:
        fitting = wrong.count([])
        if "count" in self.values:
            return bool(self.values["count"].accepts(fitting))
        return fitting == len(wrong) > 0 if self.values.get("every") else fitting > 0

    def judge_silent(self, node: Node, said: Silent) -> Finding:
        seen = Text(_("%(node)s has no such table: %(words)s"), node=node.name, words=said.words or "–")
        return self.failed(node, seen, Text(NOT_CONFIGURED, node=node.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterTable(TableCheck):
    """A table of the routing daemon, whichever daemon that is."""

    KINDS: ClassVar = ROUTERS

    @abstractmethod
    def question(self, node: Node) -> Question[list[dict[str, Any]]]: ...

    def asks_of(self, node: Node) -> list[Ask]:
        return [self.question(node).ask]

    def command_on(self, node: Node) -> str:
        return self.question(node).command

    def refused(self, node: Node, error: str) -> Text | None:
        return Text(NOT_RUNNING, node=node.name)

    def rows(self, node: Node, answers: Sequence[Answer]) -> Rows:
        return self.question(node).read(answers[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelTable(TableCheck):
    """A table of the node's kernel, as iproute2 prints it in JSON."""

    ASK: ClassVar[str] = "ip"  # or bridge
    ARGS: ClassVar[tuple[str, ...]]

    def arguments(self) -> list[str]:
        return list(self.ARGS)

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": self.ASK, "node": node.name, "args": self.arguments()}]

    def command_on(self, node: Node) -> str:
        return " ".join((self.ASK, *self.arguments()))

    def rows(self, node: Node, answers: Sequence[Answer]) -> Rows:
        return self.of_kernel([untrusted.fields(entry) for entry in untrusted.items(answers[0].get("json"))])

    @abstractmethod
    def of_kernel(self, printed: Sequence[Row]) -> Rows: ...


def _fits(want: Any, seen: Any) -> bool:
    return want.accepts(seen) if isinstance(want, Want) else want is None or bool(seen == want)


def _worded(named: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with an expected value. A comparison stays one: it is put into words later."""
    kept = {name: value if isinstance(value, Want) else _word(value) for name, value in named.items()}
    return {name: value for name, value in kept.items() if value != ""}


def _written(row: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a row that hold a value, each as a short text."""
    return {name: text for name, value in row.items() if (text := _word(value)) != ""}


def _word(value: Any) -> str:
    if isinstance(value, tuple | list | set | frozenset):
        return listed(map(plain, value), 4)
    return "" if value is None else untrusted.text(plain(value))


def _row(row: Row) -> str:
    return " ".join(f"{name} {text}" for name, text in _written(row).items())
