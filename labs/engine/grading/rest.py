"""Whether the network is at rest. Before, the absence of something proves nothing: it may still be on its way."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from ipaddress import ip_interface
from typing import Any

from labs.engine import budget
from labs.engine.adapters import linux, untrusted
from labs.engine.adapters.daemons import daemon_of, is_router
from labs.engine.adapters.node_state import beside
from labs.engine.adapters.routing_daemon import Question
from labs.engine.definition.spec import Lab, Node
from labs.engine.errors import TooMuch
from labs.engine.shared import pace

STEADY = 1.0  # seconds without a change, and without a session that is still expected
LONGEST = 10.0  # seconds; a network that never rests is judged then
FAMILIES = ("ipv6", "ipv4")
FINISHED = ("full", "2-way", "twoway")  # states of an OSPF neighbour that do not change by themselves

type Ask = dict[str, Any]
type Snapshot = Mapping[str, Mapping[str, frozenset[tuple[Any, ...]]]]  # by node and part


class Rest:
    """Looks at sessions, adjacencies and routes of all routers, until they stay the same."""

    def __init__(self, lab: Lab, answers_to: Callable[[list[Ask]], Sequence[object]], now: float) -> None:
        self._lab, self._answers_to, self._began = lab, answers_to, now
        self._routers = [node for node in lab.nodes.values() if is_router(node)]
        self._owners = {address: node.name for node in lab.nodes.values() for address in _addresses(lab, node)}
        self._seen: Snapshot | None = None
        self._since = now
        self.reached = not self._routers

    def look(self, now: float) -> None:
        """Take one more snapshot, unless the network was at rest already."""
        if self.reached:
            return
        seen = self._snapshot()
        if seen != self._seen or self._lacks(seen):
            self._since = now
        self._seen = seen
        self.reached = now - self._since >= STEADY or now - self._began >= pace.seconds(LONGEST)

    def _snapshot(self) -> Snapshot:
        asked = [(node, part, question) for node in self._routers for part, question in _questions(node)]
        tables = [(node, f"ip{version}") for node in self._routers for version in (4, 6)]
        asks = [question.ask for _node, _part, question in asked]
        asks += [{"ask": "ip", "node": node.name, "args": [f"-{part[-1]}", "route"]} for node, part in tables]
        answers = [untrusted.fields(answer) for answer in self._answers_to(asks)]
        found: dict[str, dict[str, frozenset[tuple[Any, ...]]]] = {node.name: {} for node in self._routers}
        for (node, part, question), answer in zip(asked, answers, strict=False):
            found[node.name][part] = _rows(node, part, question, answer)
        for (node, part), answer in zip(tables, answers[len(asked) :], strict=False):
            with suppress(TooMuch), budget.of_node(node.name):
                routes = linux.routes(answer.get("json"), int(part[-1]))
                found[node.name][part] = frozenset((str(route),) for route in routes)
        return found

    def _lacks(self, seen: Snapshot) -> bool:
        """Whether a session that both ends are configured for is not up, or an adjacency is not finished."""
        return any(True for node in self._routers for _lacking in self._lacking(seen, node))

    def _lacking(self, seen: Snapshot, node: Node) -> Iterator[tuple[Any, ...]]:
        mine = seen[node.name]
        for family in FAMILIES:
            for peer, state, *_counts in mine.get(f"bgp {family}", ()):
                other = seen.get(self._owners.get(peer, ""), {})
                back = {self._owners.get(one) for one, *_rest in other.get(f"bgp {family}", ())}
                if state != "established" and node.name in back:
                    yield peer, state
        for version in (2, 3):
            neighbours = mine.get(f"neighbours {version}", frozenset())
            yield from (one for one in neighbours if not str(one[1]).startswith(FINISHED))
            heard = {interface for interface, _state in neighbours}
            for (name,) in mine.get(f"interfaces {version}", ()):
                ends = beside(self._lab, node.name, name) if name not in heard else []
                if any((end.name,) in seen.get(end.node, {}).get(f"interfaces {version}", ()) for end in ends):
                    yield name, "no neighbour"


def _questions(node: Node) -> Iterator[tuple[str, Question[Any]]]:
    """To the daemons that the node runs by the lab's definition. BIRD is one for all."""
    daemon = daemon_of(node)
    every: dict[str, Question[Any]] = {f"bgp {family}": daemon.bgp_sessions(family) for family in FAMILIES}
    every |= {"neighbours 2": daemon.ospf2_neighbors(), "interfaces 2": daemon.ospf2_interfaces()}
    every |= {"neighbours 3": daemon.ospf3_neighbors(), "interfaces 3": daemon.ospf3_interfaces()}
    yield from (found for found in every.items() if found[1].ask.get("daemon", "") in ("", *node.daemons))


def _rows(node: Node, part: str, question: Question[Any], answer: Mapping[str, Any]) -> frozenset[tuple[Any, ...]]:
    """What is compared of one answer; nothing of an answer that cannot be read."""
    known: Any = []
    with suppress(TooMuch), budget.of_node(node.name):
        known = question.read(answer) if answer.get("ok") is True else []
    if not isinstance(known, list):
        return frozenset()
    if part.startswith("bgp"):
        return frozenset((one.peer, one.state.lower(), one.received, one.sent) for one in known)
    rows = [one if isinstance(one, dict) else _row(one) for one in known]
    if part.startswith("neighbours"):
        return frozenset((row.get("interface", ""), str(row.get("state", "")).lower()) for row in rows)
    return frozenset((row["interface"],) for row in rows if not row.get("passive") and row.get("type") != "loopback")


def _row(known: Any) -> dict[str, Any]:
    """A neighbour or an interface of OSPFv3 as a row, as those of OSPFv2 are."""
    if hasattr(known, "router_id"):
        return {"interface": known.interface, "state": known.state}
    return {"interface": known.name, "passive": known.passive, "type": known.network}


def _addresses(lab: Lab, node: Node) -> Iterator[Any]:
    texts = [*node.loopback, *(text for end in lab.interfaces(node.name) for text in end.addresses)]
    yield from (ip_interface(text).ip for text in texts)
