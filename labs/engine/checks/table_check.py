"""Checks of a table: some of its rows are meant, by their keys, and must fit, by their other fields.

Most of what a network knows is a table. A type of this kind says what to ask, how an answer becomes rows, and its sentences.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from labs.engine.adapters import bird, frr, reading
from labs.engine.adapters.routing_state import Silent
from labs.engine.checks.base import NOT_RUNNING, Answer, Ask, CheckType, Finding, listed, not_as_wanted, wanted
from labs.engine.checks.comparison import Compare, Want, plain
from labs.engine.definition.spec import Kind, Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Flag

type Row = Mapping[str, Any]
type Rows = Sequence[Row] | Silent

HOW: Mapping[str, Field] = {
    "every": Field(Flag(), "true: all that are meant must fit; else one of them."),
    "count": Field(Compare(), "how many must fit; at least one if left out."),
    "present": Field(Flag(), "false: none may fit."),
}
NOT_CONFIGURED = _("The protocol is not configured on %(node)s.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCheck(CheckType):
    KEYS: ClassVar[tuple[str, ...]] = ()  # the fields that say which rows are meant
    ASIDE: ClassVar[tuple[str, ...]] = ("protocol", "family")  # those that say where to look
    WANTED: ClassVar[str]
    UNWANTED: ClassVar[str]
    MISSING: ClassVar[str]  # the likely cause when no row is meant
    values: Mapping[str, Any]

    @classmethod
    def made(cls, read: Mapping[str, Any]) -> Self:
        return cls(values=dict(read))

    @abstractmethod
    def rows(self, node: Node, answers: Sequence[Answer]) -> Rows:
        """Returns the rows; their names are those of the fields."""

    @property
    def present(self) -> bool:
        return self.values.get("present", True) is True

    def named(self) -> dict[str, Any]:
        """The wanted values, without those that say how many rows must fit."""
        return {name: value for name, value in self.values.items() if name not in HOW and name not in self.ASIDE}

    def expected(self) -> Text:
        return Text(self.WANTED if self.present else self.UNWANTED, what=wanted(_worded(self.named())))

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        known = self.rows(node, answers)
        if isinstance(known, Silent):
            return self._silent(node, known)
        meant = [row for row in known if all(_fits(self.values[k], row.get(k)) for k in self.KEYS if k in self.values)]
        wrong = [
            [n for n, want in self.named().items() if n not in self.KEYS and not _fits(want, r.get(n))] for r in meant
        ]
        shown = listed((_row(row) for row in meant or known), 4)
        seen = Text(_("%(node)s shows: %(rows)s"), node=node.name, rows=shown or "–")
        table = [_written(row) for row in (meant or known)[:20]]
        if self._enough(wrong) is self.present:
            return self.passed(node, seen, rows=table)
        if not self.present:
            return self.failed(node, seen, rows=table)
        return self.failed(node, seen, self.cause(node, meant, wrong), rows=table)

    def cause(self, node: Node, meant: Sequence[Row], wrong: Sequence[list[str]]) -> Text:
        """The likely cause when what is wanted is not there."""
        off = [fields for fields in wrong if fields]
        return not_as_wanted(off) if off else Text(self.MISSING, node=node.name)

    def _enough(self, wrong: Sequence[list[str]]) -> bool:
        fitting = wrong.count([])
        if "count" in self.values:
            return bool(self.values["count"].accepts(fitting))
        return fitting == len(wrong) > 0 if self.values.get("every") else fitting > 0

    def _silent(self, node: Node, said: Silent) -> Finding:
        seen = Text(_("%(node)s has no such table: %(words)s"), node=node.name, words=said.words or "–")
        return self.failed(node, seen, Text(NOT_CONFIGURED, node=node.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterTable(TableCheck):
    """A table of a routing daemon: FRR's in JSON or text, BIRD's in text. The adapters make rows of it."""

    FRR: ClassVar[tuple[str, str]] = ("", "")  # daemon and question; {field} stands for what the author gave
    BIRD: ClassVar[str] = ""

    def question(self, node: Node) -> str:
        template = self.BIRD if node.kind is Kind.BIRD else self.FRR[1]
        return template.format_map(_Known(self.values)).strip()

    def asks_of(self, node: Node) -> list[Ask]:
        if node.kind is Kind.BIRD:
            return [bird.ask(node.name, self.question(node))]
        return [frr.ask(node.name, self.FRR[0], self.question(node))]

    def command_on(self, node: Node) -> str:
        question = self.question(node)
        return bird.command(question) if node.kind is Kind.BIRD else frr.command(question)

    def refused(self, node: Node, error: str) -> Text | None:
        return Text(NOT_RUNNING, node=node.name)

    def rows(self, node: Node, answers: Sequence[Answer]) -> Rows:
        if node.kind is Kind.BIRD:
            return self.of_bird(bird.lines(answers[0]))
        said = reading.items(answers[0].get("outputs"))
        return self.of_frr(reading.long_text(said[-1]) if said else "")

    @abstractmethod
    def of_frr(self, printed: str) -> Rows: ...

    def of_bird(self, lines: Sequence[str]) -> Rows:
        return Silent(reading.text(" ".join(lines)))  # BIRD has no such table


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelTable(TableCheck):
    """A table of the node's kernel, as iproute2 prints it in JSON."""

    ASK: ClassVar[str] = "ip"  # or bridge
    ARGS: ClassVar[tuple[str, ...]]

    def arguments(self) -> list[str]:
        return [word.format_map(_Known(self.values)) for word in self.ARGS]

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": self.ASK, "node": node.name, "args": self.arguments()}]

    def command_on(self, node: Node) -> str:
        return " ".join((self.ASK, *self.arguments()))

    def rows(self, node: Node, answers: Sequence[Answer]) -> Rows:
        return self.of_kernel([reading.fields(entry) for entry in reading.items(answers[0].get("json"))])

    @abstractmethod
    def of_kernel(self, printed: Sequence[Row]) -> Rows: ...


class _Known(dict[str, Any]):
    """Fills a question in; a field that was left out stands for nothing."""

    def __missing__(self, key: str) -> str:
        return ""


def _fits(want: Any, seen: Any) -> bool:
    return want.accepts(seen) if isinstance(want, Want) else want is None or bool(seen == want)


def _worded(named: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that somebody wants something of; a comparison stays one, and says itself in words."""
    kept = {name: value if isinstance(value, Want) else _word(value) for name, value in named.items()}
    return {name: value for name, value in kept.items() if value != ""}


def _written(row: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a row that say something, each as a short text."""
    return {name: text for name, value in row.items() if (text := _word(value)) != ""}


def _word(value: Any) -> str:
    if isinstance(value, tuple | list | set | frozenset):
        return listed(map(plain, value), 4)
    return "" if value is None else reading.text(plain(value))


def _row(row: Row) -> str:
    return " ".join(f"{name} {text}" for name, text in _written(row).items())
