"""The sessions and adjacencies that routers report, and which of these are not finished yet."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any

from labs.engine import cpu_budget
from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.node_state import beside
from labs.engine.adapters.routing_daemon import Question
from labs.engine.definition.spec import Lab, Node
from labs.engine.errors import TooMuch

FAMILIES = ("ipv6", "ipv4")
# States of a BGP session that an administrator or a prefix limit has closed: it does not come back
HELD = ("idle (admin)", "idle (pfxct)")
FINISHED = ("full", "2-way")  # states of an OSPF neighbour that do not change by themselves

type Rows = frozenset[tuple[Any, ...]]
type Snapshot = Mapping[str, Mapping[str, Rows]]  # by node and part


def questions(node: Node) -> Iterator[tuple[str, Question[Any]]]:
    """Yield the questions to the daemons that the lab defines for this node. BIRD is one daemon for all protocols."""
    daemon = daemon_of(node)
    every: dict[str, Question[Any]] = {f"bgp {family}": daemon.bgp_sessions(family) for family in FAMILIES}
    every |= {"neighbours 2": daemon.ospf2_neighbors(), "interfaces 2": daemon.ospf2_interfaces()}
    every |= {"neighbours 3": daemon.ospf3_neighbors(), "interfaces 3": daemon.ospf3_interfaces()}
    yield from (found for found in every.items() if found[1].ask.get("daemon", "") in ("", *node.daemons))


def rows(node: Node, part: str, question: Question[Any], answer: Mapping[str, Any]) -> Rows:
    """Return the rows of one answer, to be compared with those of another snapshot. An answer that cannot be read has none."""
    known: Any = []
    with suppress(TooMuch), cpu_budget.of_node(node.name):
        known = question.read(answer) if answer.get("ok") is True else []
    if not isinstance(known, list):
        return frozenset()
    if part.startswith("bgp"):
        return frozenset((one.peer, one.state.lower(), one.received, one.sent) for one in known)
    listed = [one if isinstance(one, dict) else _row(one) for one in known]
    if part.startswith("neighbours"):
        return frozenset((row.get("interface", ""), str(row.get("state", "")).lower()) for row in listed)
    return frozenset((row["interface"],) for row in listed if not row.get("passive") and row.get("type") != "loopback")


def _row(known: Any) -> dict[str, Any]:
    """A neighbour or an interface of OSPFv3 as a row, as those of OSPFv2 are."""
    if hasattr(known, "router_id"):
        return {"interface": known.interface, "state": known.state}
    return {"interface": known.name, "passive": known.passive, "type": known.network}


def unfinished_sessions(
    seen: Snapshot,
    node: str,
    owners: Mapping[Any, Collection[str]],
    arrives: Callable[[str, Any], bool] = lambda _node, _address: True,
) -> Iterator[tuple[Any, ...]]:
    """The sessions that are not up yet: both ends are configured for them, and neither end has closed them.

    ``owners``: the nodes with each address. ``arrives``: whether packets from a node may arrive at an address. If the packets of
    one end cannot arrive at the other, the session never comes up, and is left out.
    """
    for family in FAMILIES:
        for peer, state, *_counts in seen[node].get(f"bgp {family}", ()):
            if state in ("established", *HELD) or not arrives(node, peer):
                continue
            ends = _ends_back(seen, node, peer, family, owners)
            if any(their_state not in HELD and arrives(other, back) for other, back, their_state in ends):
                yield peer, state


def peers_back(seen: Snapshot, node: str, peer: Any, family: str, owners: Mapping[Any, Collection[str]]) -> list[str]:
    """The states of the sessions that the owners of the address ``peer`` have with this node."""
    return [state for _other, _back, state in _ends_back(seen, node, peer, family, owners)]


def _ends_back(
    seen: Snapshot, node: str, peer: Any, family: str, owners: Mapping[Any, Collection[str]]
) -> Iterator[tuple[str, Any, str]]:
    """Yield the node, its peer and its state for each session that an owner of the address ``peer`` has with this node."""
    for other in owners.get(peer, ()):
        for back, state, *_counts in seen.get(other, {}).get(f"bgp {family}", ()):
            if node in owners.get(back, ()):
                yield other, back, state


def unfinished_adjacencies(lab: Lab, seen: Snapshot, node: str) -> Iterator[tuple[Any, ...]]:
    """The neighbours that are not full or 2-way, and the interfaces without a neighbour whose other end runs OSPF too."""
    mine = seen[node]
    for version in (2, 3):
        neighbours = mine.get(f"neighbours {version}", frozenset())
        yield from (one for one in neighbours if not str(one[1]).startswith(FINISHED))
        heard = {interface for interface, _state in neighbours}
        for (name,) in mine.get(f"interfaces {version}", ()):
            ends = beside(lab, node, name) if name not in heard else []
            if any((end.name,) in seen.get(end.node, {}).get(f"interfaces {version}", ()) for end in ends):
                yield name, "no neighbour"


def unanswered_adjacencies(lab: Lab, seen: Snapshot, node: str) -> Iterator[tuple[Any, ...]]:
    """The interfaces whose neighbour does not list this router. When the dead interval ends, the router drops that neighbour."""
    for version in (2, 3):
        part = f"neighbours {version}"
        for name, _state in seen[node].get(part, ()):
            ends = beside(lab, node, name)
            if not any(end.name == other for end in ends for other, _ in seen.get(end.node, {}).get(part, ())):
                yield name, "not known by its neighbour"
