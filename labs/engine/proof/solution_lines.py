"""The units of a solution: the lines, or blocks of lines, that a proof leaves out one at a time.

``vtysh``, ``configure terminal``, ``exit``, ``end`` and ``write memory`` have no effect of their own, nor has a line such as
``interface eth0``, which only says where the next settings belong. They are never left out alone. A line that creates something
and opens a block, such as ``route-map IN permit 10``, is left out with its whole block, where it occurs first. A here-document
is left out as a whole, and each of its lines alone.
"""

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from labs.engine.definition.spec import Lab

NO_EFFECT = re.compile(
    r"vtysh|birdc|conf(igure)?( t(erminal)?)?|end|exit|quit|exit-address-family|exit-vrf|!"
    r"|write( memory)?|wr|copy running-config startup-config"
)
INTO_CONFIG = re.compile(r"conf(igure)?( t(erminal)?)?")
OUT = re.compile(r"exit|quit|exit-address-family|exit-vrf")
ENTERS = re.compile(r"(interface|address-family|line|vrf) .+|bfd|segment-routing|srv6|locators")
CREATES = re.compile(
    r"router \S+.*|route-map \S+ (permit|deny) \d+|rpki( vrf \S+)?|key chain .+|key \d+|peer .+|profile .+|locator .+|vni .+"
    r"|nexthop-group .+|pbr-map .+|mpls ldp|l2vpn .+|member pseudowire .+|flex-algo .+"
)
# Blocks inside another block. At the head of any other block, FRR leaves the block before it.
INSIDE = re.compile(
    r"address-family .+|key \d+|peer .+|profile .+|locator .+|locators|srv6|vni .+|member .+|flex-algo .+"
)
HERE = re.compile(r"<<-?\s*(['\"]?)(?P<word>\w+)\1")

type Typed = Mapping[str, Mapping[str, Sequence[str]]]  # lines to type: stage, node


@dataclass(frozen=True, slots=True)
class Unit:
    """Lines of one stage on one node that are left out together."""

    node: str
    stage: str
    at: tuple[int, ...]  # positions in the stage's lines, ascending
    text: str  # the first line


@dataclass(slots=True)
class _Block:
    head: int
    counts: bool  # whether its head creates something that did not exist
    inside: list[int] = field(default_factory=list)


def units(lab: Lab) -> list[Unit]:
    """Return all units of the lab's solution, in its order. Of seats that are alike, those of the first one."""
    others = {node for seat in lab.seats if seat.number > 1 for node in seat.nodes}
    known = {name: _start_lines(lab, name) for name in lab.nodes}
    return [
        Unit(node, stage, at, lines[at[0]])
        for stage, nodes in lab.solution.items()
        for node, lines in sorted(nodes.items())
        if node not in others
        for at in sorted(units_of(lines, known[node]))
    ]


def without(solution: Typed, unit: Unit) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the solution without the lines of the unit."""
    made = {stage: {node: tuple(lines) for node, lines in nodes.items()} for stage, nodes in solution.items()}
    lines = made[unit.stage][unit.node]
    made[unit.stage][unit.node] = tuple(line for at, line in enumerate(lines) if at not in unit.at)
    return made


def _start_lines(lab: Lab, node: str) -> set[str]:
    texts = (file.content.decode(errors="replace") for file in lab.nodes[node].files)
    return {line.strip() for text in texts for line in text.splitlines()}


def units_of(lines: Sequence[str], known: set[str]) -> Iterator[tuple[int, ...]]:
    """Yield the positions of each unit among one stage's lines on one node.

    ``known`` holds the lines of the node's configuration so far; the heads of blocks are added to it.
    """
    at = 0
    while at < len(lines):
        if lines[at] == "vtysh":
            at = yield from _vtysh(lines, at + 1, known)
        elif NO_EFFECT.fullmatch(lines[at]):
            at += 1
        else:
            over = _end_of_command(lines, at)
            yield tuple(range(at, over))
            if HERE.search(lines[at]) and over - at > 3:
                yield from ((inside,) for inside in range(at + 1, over - 1))
            at = over


def _end_of_command(lines: Sequence[str], at: int) -> int:
    """Return the position after a bash command, which may span several lines."""
    if here := HERE.search(lines[at]):
        return next((n + 1 for n in range(at + 1, len(lines)) if lines[n] == here["word"]), at + 1)
    while lines[at].endswith("\\") and at + 1 < len(lines):
        at += 1
    return at + 1


def _vtysh(lines: Sequence[str], at: int, known: set[str]) -> Generator[tuple[int, ...], None, int]:
    """Yield the units among the lines typed in vtysh; return the position of the line that leaves it."""
    configuring, blocks = False, list[_Block]()
    while at < len(lines) and not (OUT.fullmatch(lines[at]) and not configuring):
        line = lines[at]
        if line == "end" or (OUT.fullmatch(line) and not blocks):
            yield from _closed(blocks)
            configuring, blocks = False, []
        elif OUT.fullmatch(line):
            blocks[-1].inside.append(at)
            yield from _closed(blocks[-1:])
            blocks = _with(blocks[:-1], at)
        elif INTO_CONFIG.fullmatch(line):
            configuring = True
        elif configuring and (ENTERS.fullmatch(line) or CREATES.fullmatch(line)):
            if not INSIDE.fullmatch(line):
                yield from _closed(blocks)
                blocks = []
            counts = bool(CREATES.fullmatch(line)) and line not in known
            blocks = [*_with(blocks, at), _Block(at, counts)]
            known.add(line)
        else:
            blocks = _with(blocks, at)
            if not NO_EFFECT.fullmatch(line):
                yield (at,)
        at += 1
    yield from _closed(blocks)
    return at


def _with(blocks: list[_Block], at: int) -> list[_Block]:
    for block in blocks:
        block.inside.append(at)
    return blocks


def _closed(blocks: Sequence[_Block]) -> Iterator[tuple[int, ...]]:
    yield from ((block.head, *block.inside) for block in blocks if block.counts)
