"""Decides what of a foreign lab its learner types, and what is there from the start. Most foreign labs come solved."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from labs.engine.adapters.daemons import DAEMONS
from labs.engine.definition.spec import Kind
from labs.engine.foreign_labs.foreign_lab import CannotImport, ForeignLab, ForeignNode

FRR_CONF, BIRD_CONF = "/etc/frr/frr.conf", "/etc/bird/bird.conf"
ROUTER_ID = re.compile(r"router id ([0-9.]+);")
BIRD_START = "router id {id};\nprotocol device {{\n}}\n"


@dataclass(slots=True)
class Split:
    """By the source's node names: what the learner types, the start files and start commands, and the learner's nodes."""

    what: str  # for the report: what the solution is
    solution: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    start: dict[str, list[str]] = field(default_factory=dict)
    learners: set[str] = field(default_factory=set)
    typed_addresses: bool = False  # whether the learner sets the addresses too


def split(lab: ForeignLab, chosen: Collection[str] = ()) -> Split:
    """Split a lab. CHOSEN are the learner's nodes, by the source's names; without them we decide. Raises CannotImport."""
    if unknown := set(chosen) - set(lab.nodes):
        raise CannotImport(f"The source has no node {', '.join(sorted(unknown))}. It has: {', '.join(lab.nodes)}.")
    learners, what = _learners(lab, chosen)
    made = Split(what, learners=learners, typed_addresses=what == "addresses")
    _lend_daemons(lab, learners)
    for name, node in lab.nodes.items():
        if node.kind is Kind.SWITCH:
            continue
        typed = name in learners
        made.files[name] = dict(node.files)
        made.start[name] = list(node.start)
        lines: list[str] = []
        if node.kind is Kind.FRR:
            lines += _frr(node, made.files[name], typed=typed)
        elif node.kind is Kind.BIRD:
            lines += _bird(node, made.files[name], list(lab.nodes).index(name), typed=typed)
        if typed and what in ("static routes", "addresses"):
            lines += node.routes
        else:
            made.start[name] += node.routes
        if lines:
            made.solution[name] = lines
    return made


def _learners(lab: ForeignLab, chosen: Collection[str]) -> tuple[set[str], str]:
    """Return the nodes on which the learner types, and what they type there."""
    routers = {
        kind: [n.name for n in lab.nodes.values() if n.kind is kind and n.routing] for kind in (Kind.FRR, Kind.BIRD)
    }
    allowed = {name for name, node in lab.nodes.items() if (name in chosen if chosen else node.learner is not False)}
    for kind, what in ((Kind.FRR, "the configuration of FRR"), (Kind.BIRD, "the configuration of BIRD")):
        if found := allowed & set(routers[kind]):
            # The learner's other routers and hosts are theirs too
            return (found | set(chosen), what) if chosen else (found, what)
    if any(routers.values()) and (found := allowed & _bare_routers(lab)):
        # The source configures the other routers, and leaves these to the learner
        return found | set(chosen), "the configuration of their routers"
    by_hand = {node.name for node in lab.nodes.values() if node.routes and node.kind is not Kind.SWITCH}
    if found := allowed & by_hand:
        return found, "static routes"
    possible = {name for name in allowed if lab.nodes[name].kind is not Kind.SWITCH}
    with_addresses = {name for name in possible if lab.nodes[name].addresses}
    return with_addresses or possible, "addresses"


def _bare_routers(lab: ForeignLab) -> set[str]:
    return {
        node.name
        for node in lab.nodes.values()
        if node.kind in DAEMONS and not node.routing and lab.interfaces(node.name)
    }


def _lend_daemons(lab: ForeignLab, learners: Collection[str]) -> None:
    """Start on a learner's router without configuration the daemons that the other routers run."""
    every = {daemon for node in lab.nodes.values() for daemon in node.daemons}
    for name in _bare_routers(lab) & set(learners):
        lab.nodes[name].daemons |= every


def _frr(node: ForeignNode, files: dict[str, bytes], *, typed: bool) -> list[str]:
    # The profile must stand first: it changes what the lines below it mean
    initial = sorted(node.initial, key=lambda line: not line.startswith("frr defaults "))
    lines = initial if typed else [*initial, *node.routing]
    files[FRR_CONF] = "".join(f"{line}\n" for line in lines).encode()
    if not typed or not node.routing:
        return []
    return ["vtysh", "configure terminal", *node.routing, "end", "write memory", "exit"]


def _bird(node: ForeignNode, files: dict[str, bytes], number: int, *, typed: bool) -> list[str]:
    text = "\n".join(node.routing)
    if not typed or not node.routing:
        files[BIRD_CONF] = f"{text}\n".encode()
        return []
    found = ROUTER_ID.search(text)
    files[BIRD_CONF] = BIRD_START.format(id=found[1] if found else f"192.0.2.{number % 250 + 1}").encode()
    lines = [line for line in node.routing if line.strip() and not line.strip().startswith("#")]
    return [_echo(line, ">" if at == 0 else ">>") for at, line in enumerate(lines)] + ["birdc configure"]


def _echo(line: str, into: str) -> str:
    quoted = line.rstrip().replace("'", "'\\''")
    return f"printf '%s\\n' '{quoted}' {into}{BIRD_CONF}"


def address_commands(addresses: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the commands that set addresses, by interface."""
    return [
        f"ip {'-6 ' if ':' in one else ''}addr replace {one} dev {interface}"
        for interface, given in addresses.items()
        for one in given
    ]
