"""What a lab is: frozen dataclasses. ``labs.engine.authoring.parse`` makes them from a lab folder.

No Docker, no Django, no YAML here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Kind(StrEnum):
    """What a node is. A switch is a Linux bridge; it has no shell."""

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
    """One end of a link. Addresses have a prefix length, for example 2001:db8::1/64; they are given at start."""

    node: str
    name: str
    addresses: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.node}:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartFile:
    """A file of the lab folder (files/NODE/PATH), put into the node before anything starts there."""

    path: str  # absolute, in the node
    content: bytes
    executable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A host, router or switch. ``start`` lists commands run once in the node, in order, after its daemons are up."""

    name: str
    kind: Kind
    learner: bool = True  # the learner may type on it; else it is the instructor's
    role: str = ""  # one word under the name in the drawing
    daemons: tuple[str, ...] = ()  # FRR: beside mgmtd, zebra and staticd
    sysctls: Mapping[str, str] = field(default_factory=dict)
    loopback: tuple[str, ...] = ()  # addresses of lo
    start: tuple[str, ...] = ()
    files: tuple[StartFile, ...] = ()
    at: tuple[int, int] | None = None  # place in the drawing, in units of its grid; None: laid out for the author

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
    """Of one node, but for ``memory``, which is the whole container's. The defaults fit six FRR routers."""

    memory: int = 0  # MB; 0: by what it is measured to take (labs.engine.runtime.memory_limit)
    cpus: float = 2.0
    processes: int = 200
    disk: int = 64  # MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question to the live network. ``expect`` is validated by the check type named in ``type``."""

    id: str
    type: str
    title: str
    on: tuple[str, ...]  # vantage nodes
    expect: Mapping[str, Any]
    points: int = 1
    within: float = 0.0  # seconds: ask again until it passes or the time is over
    hold: float = 0.0  # seconds: then it must stay true
    needs: tuple[str, ...] = ()  # ids of checks; when one of them did not pass, this one waits
    control: tuple[str, ...] = ()  # ids of checks; when one of them has failed, this one has failed too
    partial: bool = False  # what is true in part gives a part of the points
    show: str = "always"  # or after_pass, never: whether the learner sees the check
    do: tuple[Mapping[str, Any], ...] = ()  # stimuli, undone afterwards; such a check runs in an attempt only
    hint: tuple[str, ...] = ()
    cause: str = ""  # the author's likely cause; else the check type's own
    complaint: str = ""  # what a customer says when it fails, in a trouble ticket; else general words
    read_more: tuple[str, ...] = ()  # lesson ids or RFC names
    line: int = 0  # in lab.yaml

    @property
    def before(self) -> tuple[str, ...]:
        """The ids of checks that are judged first."""
        return (*self.needs, *self.control)

    def is_shown(self, *, passed: bool) -> bool:
        """Whether its learner may see it, by whether it has ever passed."""
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
    """What one of several people gets who share the lab."""

    id: str
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOf:
    """A line of the solution, by what is typed."""

    on: str  # node
    line: str
    after: str = ""  # a line above it, where the same is typed twice


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(LineOf):
    becomes: tuple[str, ...] = ()  # what is typed instead; nothing: it is left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Unnoticed(LineOf):
    """A line that no check can notice, and why."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """The solution with a mistake in it, and the checks that fail then; all others pass, or wait for one that has failed."""

    id: str
    title: str
    changes: tuple[Change, ...] = ()
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # typed at the end, by node
    fails: tuple[str, ...]
    line: int = 0  # in lab.yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """A lab as published. ``version`` is the content hash of its folder: sessions keep the one they began with.

    Of a lab with parameters there is one Lab for each seed. Its folder has the author's text, so nobody reads there.
    """

    id: str  # stable, also when the folder is renamed
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
    seed: int = 0  # of the values of its parameters, which stand everywhere in here already; 0: the author's own
    parameters: Mapping[str, Any] = field(default_factory=dict)  # values by name, see labs.engine.authoring.filling
    guide: str = ""  # Markdown
    solution: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)  # lines to type: stage, node
    seats: tuple[SeatPlan, ...] = ()  # of a class that shares the lab; none: it is for one person
    mutants: tuple[Mutant, ...] = ()  # what proves the checks, see labs.engine.proof
    unnoticed: tuple[Unnoticed, ...] = ()
    own_nodes: str = ""  # why so much rests on the learner's own nodes, see labs.engine.authoring.own_nodes

    @property
    def points(self) -> int:
        return sum(stage.points for stage in self.stages)

    def checks(self) -> Iterator[Check]:
        for stage in self.stages:
            yield from stage.checks

    def before(self, stage: str) -> tuple[str, ...]:
        """The ids of the stages before this one; KeyError if there is none of this name."""
        ids = [stage.id for stage in self.stages]
        if stage not in ids:
            raise KeyError(stage)
        return tuple(ids[: ids.index(stage)])

    def interfaces(self, node: str) -> list[Interface]:
        return [end for link in self.links for end in link.ends if end.node == node]
