"""The parts of a lab, as frozen dataclasses. ``labs.engine.authoring.parse`` makes them from a lab folder.

This module knows no Docker, no Django and no YAML.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Kind(StrEnum):
    """The kinds of nodes. A switch is a Linux bridge; it has no shell."""

    HOST = "host"
    FRR = "frr"
    BIRD = "bird"
    SWITCH = "switch"


class Level(StrEnum):
    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """One end of a link. Addresses have a prefix length, for example 2001:db8::1/64; they are set at start."""

    node: str
    name: str
    addresses: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.node}:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartFile:
    """A file of the lab folder (files/NODE/PATH) that is put into the node before any program starts there."""

    path: str  # absolute, in the node
    content: bytes
    executable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A host, router or switch. The commands of ``start`` run once in the node, in order, after its daemons have started."""

    name: str
    kind: Kind
    learner: bool = True  # whether the learner may type on it; if not, it belongs to the instructor
    role: str = ""  # at most 16 characters below the name in the drawing
    daemons: tuple[str, ...] = ()  # of FRR, in addition to mgmtd, zebra and staticd
    sysctls: Mapping[str, str] = field(default_factory=dict)
    loopback: tuple[str, ...] = ()  # addresses of lo
    start: tuple[str, ...] = ()
    files: tuple[StartFile, ...] = ()
    at: tuple[int, int] | None = None  # column and row in the drawing; None: placed automatically

    @property
    def has_shell(self) -> bool:
        return self.kind is not Kind.SWITCH


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    a: Interface
    b: Interface
    label: str = ""  # the prefix, as the drawing shows it

    @property
    def ends(self) -> tuple[Interface, Interface]:
        return self.a, self.b


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """``memory`` and ``cpus`` are for the whole lab, ``processes`` and ``disk`` for one node. The defaults fit six FRR routers."""

    memory: int = 0  # MB; 0: from measurements (labs.engine.runtime.memory_limit)
    cpus: float = 2.0
    processes: int = 200
    disk: int = 64  # MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question to the running network. The check type named in ``type`` validates ``expect``."""

    id: str
    type: str
    title: str
    on: tuple[str, ...]  # the nodes from which it looks
    expect: Mapping[str, Any]
    points: int = 1
    within: float = 0.0  # seconds in which it is repeated until it passes
    hold: float = 0.0  # seconds for which it must then stay true
    needs: tuple[str, ...] = ()  # ids of checks; until they have passed, this one waits
    control: tuple[str, ...] = ()  # ids of checks; if one of them fails, this one fails too
    partial: bool = False  # whether a part that is true gives a part of the points
    show: str = "always"  # or after_pass, never: when the learner sees the check
    do: tuple[Mapping[str, Any], ...] = ()  # stimuli, undone afterwards; such a check is made in an attempt only
    hint: tuple[str, ...] = ()
    cause: str = ""  # the author's likely cause; if empty, that of the check type
    complaint: str = ""  # what a customer reports in a trouble ticket when it fails; if empty, a general text
    read_more: tuple[str, ...] = ()  # lesson ids or RFC names
    seat: str = ""  # id of the class-lab seat for which alone it counts; if empty, it depends on the nodes of ``on``
    line: int = 0  # its line in lab.yaml

    @property
    def before(self) -> tuple[str, ...]:
        """The ids of the checks that are judged before this one."""
        return (*self.needs, *self.control)

    def is_shown(self, *, passed: bool) -> bool:
        """Whether the learner may see the check. PASSED says whether it has ever passed for them."""
        return self.show == "always" or (self.show == "after_pass" and passed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    id: str
    title: str
    checks: tuple[Check, ...]

    @property
    def points(self) -> int:
        return sum(check.points for check in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatPlan:
    """One seat of a class lab: the nodes on which its learner types.

    Seats that are alike have a number, from 1, their own values by name (``seat``, ``seat_asn``), and the guide with these values.
    While nobody has such a seat, a bot plays it.
    """

    id: str
    nodes: tuple[str, ...]
    number: int = 0
    values: Mapping[str, Any] = field(default_factory=dict)
    guide: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOf:
    """A line of the solution, named by its text."""

    on: str  # node
    line: str
    after: str = ""  # a line above it, if the same line is typed more than once


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(LineOf):
    """A line of the solution that a mutant replaces."""

    becomes: tuple[str, ...] = ()  # the lines that are typed instead


@dataclass(frozen=True, slots=True, kw_only=True)
class Unnoticed(LineOf):
    """A line whose absence no check can notice, and the reason."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """The points that a solved lab has after it was saved and resumed, if they are not all points, and the reason."""

    points: int
    reason: str
    line: int = 0  # its line in lab.yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """The solution with one mistake, and the checks that must fail. All others pass, or wait for one that has failed."""

    id: str
    title: str
    changes: tuple[Change, ...] = ()
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # typed at the end, by node
    fails: tuple[str, ...]
    line: int = 0  # its line in lab.yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """One version of a lab. ``version`` is the content hash of its folder; a session keeps the version that it began with.

    A lab with parameters has one Lab for each seed. Its folder holds the author's text with placeholders: use the fields.
    """

    id: str  # stays the same when the folder is renamed
    title: str
    summary: str
    level: Level
    minutes: int
    nodes: Mapping[str, Node]
    links: tuple[Link, ...]
    stages: tuple[Stage, ...]
    limits: Limits
    requires: tuple[str, ...]  # kernel features, see labs.engine.shared.features
    folder: Path
    version: str  # 12 hex digits of SHA-256
    image: str = ""  # the flavour of the lab image that it needs, see labs.engine.runtime.flavours
    seed: int = 0  # of the parameters' values, which all fields contain already; 0: the author's own values
    parameters: Mapping[str, Any] = field(default_factory=dict)  # values by name, see labs.engine.authoring.filling
    guide: str = ""  # Markdown
    solution: Mapping[str, Mapping[str, tuple[str, ...]]] = field(
        default_factory=dict
    )  # lines to type, by stage and node
    seats: tuple[SeatPlan, ...] = ()  # of a class lab; none: the lab is for one learner
    answers: Mapping[str, Mapping[str, tuple[str, ...]]] = field(
        default_factory=dict
    )  # other right answers: lines to type, by name and node
    mutants: tuple[Mutant, ...] = ()  # see labs.engine.proof
    unnoticed: tuple[Unnoticed, ...] = ()
    resumed: Resumed | None = None
    own_nodes: str = (
        ""  # the reason why many points depend on the learner's own nodes, see labs.engine.authoring.own_nodes
    )

    @property
    def points(self) -> int:
        """The points of one learner. If the seats are alike: of the first seat."""
        first = self.seats[0].id if self.has_bots else ""
        return sum(check.points for check in self.checks() if check.seat in ("", first))

    @property
    def points_after_resume(self) -> int:
        """The points that a solved lab has after it was saved and resumed."""
        return self.resumed.points if self.resumed else self.points

    @property
    def points_of_all(self) -> int:
        """The points of all seats together."""
        return sum(stage.points for stage in self.stages)

    @property
    def has_bots(self) -> bool:
        """Whether bots play its free seats: its seats are alike. Such a lab is for a class, and nobody starts it alone."""
        return bool(self.seats and self.seats[0].number)

    def seat_with(self, nodes: Iterable[str]) -> SeatPlan | None:
        """Return the seat that has exactly these nodes."""
        wanted = set(nodes)
        return next((seat for seat in self.seats if set(seat.nodes) == wanted), None)

    def checks(self) -> Iterator[Check]:
        for stage in self.stages:
            yield from stage.checks

    def before(self, stage: str) -> tuple[str, ...]:
        """Return the ids of the stages before this one. Raises KeyError if there is no stage with this id."""
        ids = [stage.id for stage in self.stages]
        if stage not in ids:
            raise KeyError(stage)
        return tuple(ids[: ids.index(stage)])

    def interfaces(self, node: str) -> list[Interface]:
        return [end for link in self.links for end in link.ends if end.node == node]
