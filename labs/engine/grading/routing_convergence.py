"""Decides whether something is absent for good: routing has converged. Before that, it may still be on its way."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from ipaddress import ip_interface
from typing import Any

from labs.engine import cpu_budget
from labs.engine.adapters import linux, untrusted
from labs.engine.adapters.daemons import is_router
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.definition.spec import Lab, Node
from labs.engine.errors import TooMuch
from labs.engine.grading import router_state
from labs.engine.grading.router_state import Rows, Snapshot
from labs.engine.shared import pace

STEADY = 1.0  # seconds in which nothing changes and no session is still expected
LONGEST = 10.0  # seconds, after which a network that does not converge is judged all the same

type Ask = dict[str, Any]


class RoutingConvergence:
    """Takes snapshots of the sessions, adjacencies and routes of all routers, until they stay the same."""

    def __init__(self, lab: Lab, answers_to: Callable[[list[Ask]], Sequence[object]], now: float) -> None:
        self._lab, self._answers_to, self._began = lab, answers_to, now
        self._routers = [node for node in lab.nodes.values() if is_router(node)]
        self._owners = {address: (node.name,) for node in lab.nodes.values() for address in _addresses(lab, node)}
        self._seen: Snapshot | None = None
        self._since = now
        self.reached = not self._routers

    def update(self, now: float) -> None:
        """Take one more snapshot, unless routing has converged already."""
        if self.reached:
            return
        seen = self._snapshot()
        if seen != self._seen or self._lacks(seen):
            self._since = now
        self._seen = seen
        self.reached = now - self._since >= STEADY or now - self._began >= pace.seconds(LONGEST)

    def _snapshot(self) -> Snapshot:
        asked = [(node, part, question) for node in self._routers for part, question in router_state.questions(node)]
        tables = [(node, f"ip{version}") for node in self._routers for version in (4, 6)]
        asks = [question.ask for _node, _part, question in asked]
        asks += [{"ask": "ip", "node": node.name, "args": [f"-{part[-1]}", "route"]} for node, part in tables]
        answers = [untrusted.fields(answer) for answer in self._answers_to(asks)]
        found: dict[str, dict[str, Rows]] = {node.name: {} for node in self._routers}
        for (node, part, question), answer in zip(asked, answers, strict=False):
            found[node.name][part] = router_state.rows(node, part, question, answer)
        for (node, part), answer in zip(tables, answers[len(asked) :], strict=False):
            with suppress(TooMuch), cpu_budget.of_node(node.name):
                routes = linux.routes(answer.get("json"), int(part[-1]))
                found[node.name][part] = frozenset((str(route),) for route in routes)
        return found

    def _lacks(self, seen: Snapshot) -> bool:
        """Whether a session that both ends are configured for is not up, or an adjacency is not finished."""
        return any(True for node in self._routers for _lacking in self._lacking(seen, node.name))

    def _lacking(self, seen: Snapshot, node: str) -> Iterator[tuple[Any, ...]]:
        yield from router_state.unfinished_sessions(seen, node, self._owners)
        yield from router_state.unfinished_adjacencies(self._lab, seen, node)


def _addresses(lab: Lab, node: Node) -> Iterator[AnyAddress]:
    texts = [*node.loopback, *(text for end in lab.interfaces(node.name) for text in end.addresses)]
    yield from (ip_interface(text).ip for text in texts)
