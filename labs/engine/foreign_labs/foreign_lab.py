"""The intermediate shape between the readers and the writer: a lab of another system, in our kinds but with its own names.

Readers fill it step by step, so it is mutable. Everything that they could not take over is in ``not_imported``, with its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labs.engine.definition.spec import Kind

MOST_NODES = 60
MOST_CHECKS = 200
MOST_REASONS = 500
LONGEST_LINE = 2000  # characters of a line that a reader looks at
LONGEST_QUOTE = 120  # characters of a foreign text that a report repeats


class CannotImport(Exception):
    """The folder cannot be imported at all; the text tells its owner why and what to do."""


def printable(text: str) -> str:
    """Return a foreign text in one line, without characters that a terminal would obey."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """The place of something in the source: a path in its folder, and a line that counts from 1."""

    file: str
    line: int = 1

    def __str__(self) -> str:
        return f"{printable(self.file)}:{self.line}"


@dataclass(frozen=True, slots=True)
class NotImported:
    """Something of the source that the lab does not have, and the reason."""

    place: Place
    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}: {self.why}"


@dataclass(slots=True, kw_only=True)
class ForeignNode:
    """A node. ``routing`` is what makes it route: lines of FRR, or the text of bird.conf. It becomes the solution."""

    name: str  # as the source writes it
    kind: Kind
    place: Place
    learner: bool | None = None  # None: the source does not say
    addresses: dict[str, list[str]] = field(default_factory=dict)  # by interface; lo is the loopback
    sysctls: dict[str, str] = field(default_factory=dict)
    start: list[str] = field(default_factory=list)  # commands
    made: set[str] = field(default_factory=set)  # interfaces that these commands make
    routes: list[str] = field(default_factory=list)  # commands that set static routes
    initial: list[str] = field(default_factory=list)  # lines of FRR that are there from the start
    routing: list[str] = field(default_factory=list)
    daemons: set[str] = field(default_factory=set)
    files: dict[str, bytes] = field(default_factory=dict)  # by absolute path in the node


@dataclass(slots=True, kw_only=True)
class Segment:
    """A link or a LAN: the (node, interface) of each end."""

    name: str
    ends: list[tuple[str, str]]
    place: Place


@dataclass(slots=True, kw_only=True)
class ForeignCheck:
    """A test of the source as one of our check types, on nodes by the source's names."""

    type: str
    title: str
    on: list[str]
    expect: Mapping[str, Any]
    place: Place
    within: float | None = None  # seconds; None: the writer's default for the type
    is_absence: bool = False  # it needs a control
    is_proposed: bool = False  # the source has no such test


@dataclass(slots=True, kw_only=True)
class ForeignLab:
    system: str  # containerlab, Kathara or netlab
    name: str
    place: Place
    description: str = ""
    credits: list[str] = field(default_factory=list)  # what the source says of its authors
    nodes: dict[str, ForeignNode] = field(default_factory=dict)
    segments: list[Segment] = field(default_factory=list)
    checks: list[ForeignCheck] = field(default_factory=list)
    requires: set[str] = field(default_factory=set)
    not_imported: list[NotImported] = field(default_factory=list)

    def leave_out(self, place: Place, what: object, why: str) -> None:
        """Note that WHAT is not imported. Foreign text is shortened to one line."""
        text = printable(str(what)[:LONGEST_LINE])
        short = text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"
        reason = NotImported(place, short, printable(why))
        if reason not in self.not_imported and len(self.not_imported) < MOST_REASONS:
            self.not_imported.append(reason)

    def is_readable(self, line: str, place: Place) -> bool:
        """Whether a line is short enough to be read. A longer one is left out."""
        if len(line) > LONGEST_LINE:
            self.leave_out(place, line, f"the line is longer than {LONGEST_LINE} characters")
        return len(line) <= LONGEST_LINE

    def interfaces(self, node: str) -> set[str]:
        return {interface for segment in self.segments for name, interface in segment.ends if name == node}
