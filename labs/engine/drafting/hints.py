"""Hints of drafted checks: what to think of, where to look, and at last the line that is missing."""

from collections.abc import Mapping, Sequence

from labs.engine.authoring import check_defaults
from labs.engine.drafting.drafted_mutants import Lines
from labs.engine.drafting.selection import Drafted
from labs.engine.proof.solution_lines import CREATES, ENTERS

LONGEST = 600  # characters
# Where labs of other systems have no hints of their own
MORE = {
    "bgp.only": "The export policy should permit your own prefixes, and nothing else.",
    "ospf6.interface": "show ipv6 ospf6 interface shows area, type, timers and cost.",
    "ra.content": "rdisc6 eth0 on a host shows the advertisements that it receives.",
    "addr.slaac": "Does the host receive an advertisement with this prefix? rdisc6 eth0 shows it.",
    "fib.default": "ip -6 route shows the default routes of a host, and from which router each came.",
    "addr.only": "ip addr shows the addresses of an interface. Remove those that are not in the plan.",
    "flow.allow": "Follow the packet: which filter sees it, and which of its rules matches?",
    "flow.block": "Follow the packet: which filter sees it, and which of its rules matches?",
    "path.trace": "traceroute shows the routers on the path. Why does the first one choose this path?",
    "path.failover": "Take the link down by hand. Which router notices, and when? Is the other path in its table?",
    "rpki.cache": "show rpki cache-connection shows whether the cache answers.",
}

type Place = tuple[str, str, int]  # node, stage, and position of a line


def hints(one: Drafted, places: Mapping[int, Place], written: Lines) -> tuple[str, ...]:
    """Return the hints of a check. PLACES has the lines of the solution by the number of the mistake that leaves them out."""
    kind = one.found.candidate.type
    found = [MORE.get(kind) or check_defaults.of(kind).hint]
    mine = [places[number] for number in sorted(one.found.notices) if number in places]
    if mine:
        node, stage, at = mine[0] if len(mine) == 1 else _last(mine, one.found.stage)
        lines = written[stage][node]
        block = block_of(lines, at)
        found.append(f"Something is missing on {node}{f', below {block}' if block else ''}.")
        found.append(f"On {node}{f', below {block}' if block else ''}: {lines[at]}")
    return tuple(hint[:LONGEST] for hint in found)


def _last(places: list[Place], stage: str) -> Place:
    """Of many lines that a check needs, one of its own stage: the others have checks of their own."""
    here = [place for place in places if place[1] == stage]
    return (here or places)[-1]


def block_of(lines: Sequence[str], at: int) -> str:
    """Return the head of the block of FRR's configuration in which a line is typed, or ""."""
    for line in reversed(lines[:at]):
        if line in ("configure terminal", "end", "exit", "vtysh"):
            return ""
        if ENTERS.fullmatch(line) or CREATES.fullmatch(line):
            return line
    return ""
