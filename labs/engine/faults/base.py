"""The class of all faults, and the commands that inject and repair one."""

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from labs.engine.adapters.config_blocks import Line
from labs.engine.adapters.node_state import Network, Port, Seen
from labs.engine.definition.spec import Kind

type Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place for a fault, and the bash lines that inject it there and repair it."""

    node: str
    where: str  # an interface, a peer or a prefix
    inject: Lines
    repair: Lines


@dataclass(frozen=True, slots=True)
class PlacedFault:
    """A fault at one place of one network."""

    fault: str
    cause: str  # the name that a diagnosis should give it, see labs.engine.diagnosis
    node: str
    where: str
    inject: Lines
    repair: Lines

    @property
    def key(self) -> str:
        """A name of fault and place that is the same each time the network is read, so that a seed can choose by it."""
        return f"{self.fault}@{self.node}:{self.where}"


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault; ``spots`` finds the places for it in a network."""

    id: str
    cause: str
    spots: Callable[[Network], Iterable[Spot]]

    def places(self, network: Network) -> Sequence[PlacedFault]:
        """Return the fault at each place for it in this network, by key; none if the network does not run what would break."""
        found = (PlacedFault(self.id, self.cause, s.node, s.where, s.inject, s.repair) for s in self.spots(network))
        return sorted({placed.key: placed for placed in found}.values(), key=lambda placed: placed.key)


# FRR


def vtysh(mode: Sequence[str], *lines: str) -> str:
    """Return one bash line that gives FRR these lines inside these blocks."""
    return "vtysh " + " ".join(f"-c {shlex.quote(word)}" for word in ("configure terminal", *mode, *lines))


def ask_vtysh(*commands: str) -> str:
    return "vtysh " + " ".join(f"-c {shlex.quote(command)}" for command in commands)


def setting(seen: Seen, mode: tuple[str, ...], start: str, value: str) -> tuple[str, str]:
    """Give START another value; the repair restores the old value, or removes it if there was none."""
    old = seen.config.find(start, *mode)
    return vtysh(mode, f"{start} {value}"), vtysh(mode, old.text if old else f"no {start} {value}")


def without(*lines: Line) -> tuple[str, str]:
    """Remove lines of one block."""
    mode = lines[0].heads
    return vtysh(mode, *(f"no {line.text}" for line in lines)), vtysh(mode, *(line.text for line in lines))


def with_line(mode: tuple[str, ...], line: str) -> tuple[str, str]:
    return vtysh(mode, line), vtysh(mode, f"no {line}")


def of_kind(network: Network, *kinds: Kind) -> Iterator[Seen]:
    return (seen for seen in network.nodes.values() if seen.node.kind in kinds)


# BIRD


def bird_edit(head: str, old: str, new: str) -> tuple[str, str]:
    """Replace text within one protocol of /etc/bird/bird.conf, and make BIRD read the file again."""

    def edit(a: str, b: str) -> str:
        begin = f"/^{_quoted(head)}/,/^}}/"
        return f"sed -i {shlex.quote(f'{begin}s/{_quoted(a)}/{_quoted(b)}/')} /etc/bird/bird.conf; birdc configure"

    return edit(old, new), edit(new, old)


def _quoted(words: str) -> str:
    """Quote for sed. It is enough for the texts of a configuration."""
    return "".join(f"\\{c}" if c in r"/.*[]^$\&" else c for c in words)


# Linux


def dropped(seen: Seen, name: str, hook: str, *rules: str) -> tuple[Lines, Lines]:
    """Add an nft table of its own with rules at one hook."""
    table = f"inet {name}"
    chain = f"{{ type filter hook {hook} priority 0; }}"
    lines = [f"nft add table {table}", f"nft add chain {table} {hook} '{chain}'"]
    return (*lines, *(f"nft add rule {table} {hook} {rule}" for rule in rules)), (f"nft delete table {table}",)


def restored(seen: Seen, port: Port) -> Lines:
    """Return the commands that restore the addresses and static routes that an interface loses when it goes down."""
    own = [held for held in port.held if not held.dynamic and not held.link_local]
    nodad = {4: "", 6: " nodad"}
    lines = [f"ip addr replace {held.at} dev {port.name}{nodad[held.at.version]}" for held in own]
    ways = [way for way in seen.ways if way.dev == port.name and way.protocol in ("boot", "static") and way.via]
    if seen.node.kind is not Kind.FRR:
        lines += [f"ip -{way.to.version} route replace {way.to} via {way.via} dev {port.name}" for way in ways]
    return tuple(lines)
