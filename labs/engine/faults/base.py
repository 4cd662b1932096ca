"""What a fault is, and the words that put one in and take it out again."""

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from labs.engine.adapters.config import Line
from labs.engine.adapters.node_state import Network, Port, Seen
from labs.engine.definition.spec import Kind

type Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a fault can be: lines for the node's bash that put it in, and that take it out."""

    node: str
    where: str  # a port, a peer, a prefix
    put_in: Lines
    take_out: Lines


@dataclass(frozen=True, slots=True)
class Placed:
    """A fault at one place of one network."""

    fault: str
    cause: str  # what a diagnosis should name it, see labs.engine.diagnosis
    node: str
    where: str
    put_in: Lines
    take_out: Lines

    @property
    def key(self) -> str:
        """The same for the same place, whenever it is read: a seed chooses by it."""
        return f"{self.fault}@{self.node}:{self.where}"


@dataclass(frozen=True, slots=True)
class Fault:
    id: str
    cause: str
    spots: Callable[[Network], Iterable[Spot]]

    def places(self, network: Network) -> Sequence[Placed]:
        """Where this network has room for it, by key; nowhere if it does not run what would break."""
        found = (Placed(self.id, self.cause, s.node, s.where, s.put_in, s.take_out) for s in self.spots(network))
        return sorted({placed.key: placed for placed in found}.values(), key=lambda placed: placed.key)


# FRR


def vtysh(mode: Sequence[str], *lines: str) -> str:
    """One line of bash that types these lines into FRR, below these blocks."""
    return "vtysh " + " ".join(f"-c {shlex.quote(word)}" for word in ("configure terminal", *mode, *lines))


def ask_vtysh(*commands: str) -> str:
    return "vtysh " + " ".join(f"-c {shlex.quote(command)}" for command in commands)


def setting(seen: Seen, mode: tuple[str, ...], start: str, value: str) -> tuple[str, str]:
    """Gives START another value; taken out it has its old one, or none as before."""
    old = seen.config.find(start, *mode)
    return vtysh(mode, f"{start} {value}"), vtysh(mode, old.text if old else f"no {start} {value}")


def without(*lines: Line) -> tuple[str, str]:
    """Takes lines of one block away."""
    mode = lines[0].mode
    return vtysh(mode, *(f"no {line.text}" for line in lines)), vtysh(mode, *(line.text for line in lines))


def with_line(mode: tuple[str, ...], line: str) -> tuple[str, str]:
    return vtysh(mode, line), vtysh(mode, f"no {line}")


def of_kind(network: Network, *kinds: Kind) -> Iterator[Seen]:
    return (seen for seen in network.nodes.values() if seen.node.kind in kinds)


# BIRD


def bird_edit(head: str, old: str, new: str) -> tuple[str, str]:
    """Changes words within one protocol of /etc/bird/bird.conf, and has BIRD read it again."""

    def edit(a: str, b: str) -> str:
        begin = f"/^{_quoted(head)}/,/^}}/"
        return f"sed -i {shlex.quote(f'{begin}s/{_quoted(a)}/{_quoted(b)}/')} /etc/bird/bird.conf; birdc configure"

    return edit(old, new), edit(new, old)


def _quoted(words: str) -> str:
    """For sed: nothing but what a configuration has."""
    return "".join(f"\\{c}" if c in r"/.*[]^$\&" else c for c in words)


# Linux


def dropped(seen: Seen, name: str, hook: str, *rules: str) -> tuple[Lines, Lines]:
    """A table of nft of its own with rules at one hook."""
    table = f"inet {name}"
    chain = f"{{ type filter hook {hook} priority 0; }}"
    lines = [f"nft add table {table}", f"nft add chain {table} {hook} '{chain}'"]
    return (*lines, *(f"nft add rule {table} {hook} {rule}" for rule in rules)), (f"nft delete table {table}",)


def restored(seen: Seen, port: Port) -> Lines:
    """The addresses and hand-set routes that a port loses when it goes down."""
    own = [held for held in port.held if not held.dynamic and not held.link_local]
    nodad = {4: "", 6: " nodad"}
    lines = [f"ip addr replace {held.at} dev {port.name}{nodad[held.at.version]}" for held in own]
    ways = [way for way in seen.ways if way.dev == port.name and way.protocol in ("boot", "static") and way.via]
    if seen.node.kind is not Kind.FRR:
        lines += [f"ip -{way.to.version} route replace {way.to} via {way.via} dev {port.name}" for way in ways]
    return tuple(lines)
