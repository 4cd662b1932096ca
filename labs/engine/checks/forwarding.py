"""Checks of the kernel's forwarding table: what really happens to a packet, whoever put the route there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters import linux
from labs.engine.adapters.reading import AnyNetwork
from labs.engine.checks.addresses import PRESENT
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, differing, listed, not_as_wanted, wanted
from labs.engine.checks.compare import Compare, CompareSet, Want
from labs.engine.definition.spec import Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Choice, Field, ListOf

BY_HAND = frozenset({"static", "boot"})
ROUTE_FIELDS: Mapping[str, Field] = {
    "via": Field(CompareSet("address"), "the next hops."),
    "dev": Field(CompareSet("text"), "the interfaces it leaves by."),
    "protocol": Field(Compare("text"), "who made it: kernel, ra, ospf, bgp, static, boot (by hand) and so on."),
    "metric": Field(Compare(), "the kernel's metric."),
    "type": Field(Compare("text"), "unicast, blackhole, unreachable or prohibit."),
    "preference": Field(Compare("text"), "low, medium or high (RFC 4191)."),
    "present": PRESENT,
}


def _ask(node: Node, family: int) -> Ask:
    return {"ask": "ip", "node": node.name, "args": [f"-{family}", "route"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class FibRoute(CheckType):
    NAME: ClassVar = "fib.route"
    ABOUT: ClassVar = "The kernel has a route for exactly this prefix, and it looks like this."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": Field(Address("prefix"), "the prefix.", required=True),
        **ROUTE_FIELDS,
    }
    prefix: AnyNetwork
    via: Want | None = None
    dev: Want | None = None
    protocol: Want | None = None
    metric: Want | None = None
    type: Want | None = None
    preference: Want | None = None
    present: bool = True

    def destination(self) -> AnyNetwork:
        return self.prefix

    def asks_of(self, node: Node) -> list[Ask]:
        return [_ask(node, self.destination().version)]

    def command_on(self, node: Node) -> str:
        return f"ip -{self.destination().version} route show {self.destination()}"

    def expected(self) -> Text:
        names = ("via", "dev", "protocol", "metric", "type", "preference")
        words = {"prefix": self.destination(), "fields": wanted({name: getattr(self, name) for name in names})}
        if self.present:
            return Text(_("a route to %(prefix)s %(fields)s"), **words)
        return Text(_("no route to %(prefix)s %(fields)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        destination = self.destination()
        table = linux.routes(answers[0].get("json"), destination.version)
        here = [route for route in table if route.prefix == destination]
        wrong = [self._wrong(route) for route in here]
        seen = Text(_("%(node)s has %(routes)s"), node=node.name, routes=listed(here))
        if not here:
            seen = Text(_("%(node)s has no route to %(prefix)s"), node=node.name, prefix=destination)
        if ([] in wrong) is self.present:
            return self.passed(node, seen)
        return self.failed(node, seen, self._cause(table, wrong), routes=[str(route) for route in table[:40]])

    def _wrong(self, route: linux.Route) -> list[str]:
        return differing(
            {
                "via": (self.via, route.via),
                "dev": (self.dev, route.devices),
                "protocol": (self.protocol, route.protocol),
                "metric": (self.metric, route.metric),
                "type": (self.type, route.type),
                "preference": (self.preference, route.preference),
            }
        )

    def _cause(self, table: Sequence[linux.Route], wrong: list[list[str]]) -> Text | None:
        if not self.present:
            return Text(_("Something still puts this route there; its protocol says what."))
        if wrong:
            return not_as_wanted(wrong)
        covering = [
            route
            for route in table
            if route.prefix.version == self.destination().version and _covers(route.prefix, self.destination())
        ]
        if covering:
            return Text(
                _("Packets to it take a wider route: %(route)s"),
                route=max(covering, key=lambda route: route.prefix.prefixlen),
            )
        return Text(
            _("Nothing told this node about the prefix: no routing protocol, no static route, no interface on it.")
        )


def _covers(wide: Any, narrow: Any) -> bool:
    return bool(narrow.subnet_of(wide))


@dataclass(frozen=True, slots=True, kw_only=True)
class FibDefault(FibRoute):
    NAME: ClassVar = "fib.default"
    ABOUT: ClassVar = "The kernel has a default route, and it looks like this."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "family": Field(Choice(("ipv6", "ipv4")), "ipv6 if left out."),
        **ROUTE_FIELDS,
    }
    prefix: AnyNetwork = linux.DEFAULT6
    family: str = "ipv6"

    def destination(self) -> AnyNetwork:
        return linux.DEFAULT6 if self.family == "ipv6" else linux.DEFAULT4


@dataclass(frozen=True, slots=True, kw_only=True)
class FibNoStatic(CheckType):
    NAME: ClassVar = "fib.no_static"
    ABOUT: ClassVar = (
        "Nobody set a route by hand for these prefixes: it keeps a short cut from passing for a routing protocol."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefixes": Field(
            ListOf(Address("prefix"), 1), "the prefixes, and all inside them; every IPv6 prefix if left out."
        ),
    }
    prefixes: tuple[Any, ...] = (linux.DEFAULT6,)

    def _families(self) -> list[int]:
        return sorted({prefix.version for prefix in self.prefixes}, reverse=True)

    def asks_of(self, node: Node) -> list[Ask]:
        return [_ask(node, family) for family in self._families()]

    def command_on(self, node: Node) -> str:
        return f"ip -{self._families()[0]} route | grep -E 'proto (static|boot|196)'"

    def expected(self) -> Text:
        return Text(_("no static route inside %(prefixes)s"), prefixes=listed(self.prefixes))

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        found = [
            route
            for family, answer in zip(self._families(), answers, strict=True)
            for route in self._by_hand(answer, family)
        ]
        if not found:
            return self.passed(node, Text(_("%(node)s has no static route there"), node=node.name))
        seen = Text(_("%(node)s has %(routes)s"), node=node.name, routes=listed(found))
        return self.failed(
            node, seen, Text(_("These routes were set by hand. The routing protocol must find the way itself."))
        )

    def _by_hand(self, answer: Answer, family: int) -> Iterable[linux.Route]:
        scope = [prefix for prefix in self.prefixes if prefix.version == family]
        routes = linux.routes(answer.get("json"), family)
        return [
            route
            for route in routes
            if route.protocol in BY_HAND and any(_covers(prefix, route.prefix) for prefix in scope)
        ]
