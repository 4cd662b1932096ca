"""The routing tables of all nodes: whether packets that follow them may arrive, or get lost on each way."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from labs.engine import cpu_budget
from labs.engine.adapters import linux, untrusted
from labs.engine.adapters.linux import Route
from labs.engine.adapters.untrusted import AnyAddress

DROPPED = ("blackhole", "unreachable", "prohibit", "throw")  # types of routes by which nothing leaves a node
TABLES = ("", "local", "main", "default")  # that the kernel's own rules use; ip leaves out the name of main

type Answers = Mapping[tuple[str, str], Mapping[str, Any]]  # by node and part


class RoutingTables:
    """The routing tables of all nodes at one moment. ``owners``: the nodes with each address."""

    def __init__(self, answers: Answers, owners: Mapping[Any, Collection[str]]) -> None:
        self._answers, self._owners = answers, owners
        self._tables: dict[tuple[str, int], Sequence[Route]] = {}

    def may_arrive(self, node: str, address: AnyAddress) -> bool:
        """Whether packets from the node may arrive at the address.

        They get lost if each way that they can take ends at a node that has no route, or drops them, or is a circle. What the
        tables do not tell counts as arrival: rules that somebody has added, labels, a gateway with an address of no node.
        """
        todo, passed = [node], set[str]()
        while todo:
            here = todo.pop()
            if here in passed:
                continue
            passed.add(here)
            for route in self._routes(here, address):
                following = [self._owners.get(gateway, ()) for gateway in route.via]
                on_link = len(route.via) < len(route.weights)
                if on_link or not all(following) or self._has_rules(here, address.version):
                    return True
                todo += [other for owners in following for other in owners]
        return False

    def _routes(self, node: str, address: AnyAddress) -> list[Route]:
        """Return the routes that the node uses for the address; where somebody has added rules, those that it may use."""
        known = [route for route in self._table(node, address.version) if address in route.prefix]
        if not self._has_rules(node, address.version):
            best = min(map(_preference, known), default=None)
            known = [route for route in known if _preference(route) == best]
        return [route for route in known if route.type not in DROPPED]

    def _table(self, node: str, version: int) -> Sequence[Route]:
        if (node, version) not in self._tables:
            with cpu_budget.of_node(node):
                entries = untrusted.items(self._answers[node, f"routes {version}"].get("json"))
                if not self._has_rules(node, version):
                    entries = [one for one in entries if untrusted.text(untrusted.fields(one).get("table")) in TABLES]
                self._tables[node, version] = linux.routes(entries, version)
        return self._tables[node, version]

    def _has_rules(self, node: str, version: int) -> bool:
        """Whether there are rules besides the kernel's own, or labels: then the longest prefix does not decide alone."""
        rules = map(untrusted.fields, untrusted.items(self._answers[node, f"rules {version}"].get("json")))
        plain = all(
            rule.keys() <= {"priority", "src", "table"}
            and rule.get("src") == "all"
            and untrusted.text(rule.get("table")) in TABLES
            for rule in rules
        )
        return not plain or _has_labels(self._answers[node, f"routes {version}"].get("json"))


def _has_labels(printed: object) -> bool:
    routes = [untrusted.fields(route) for route in untrusted.items(printed)]
    hops = [untrusted.fields(hop) for route in routes for hop in untrusted.items(route.get("nexthops"))]
    return any("encap" in one for one in (*routes, *hops))


def _preference(route: Route) -> tuple[int, float]:
    """The longest prefix wins, then the lowest metric."""
    return -route.prefix.prefixlen, route.metric or 0.0
