"""Check types ``fib.*``: the forwarding table of the kernel."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters import linux, untrusted
from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, differing, expected_values, listed, not_as_expected
from labs.engine.checks.comparison import Compare, CompareSet, Want
from labs.engine.checks.families import FAMILY, family_like, family_of
from labs.engine.checks.fields import PRESENT, VRF
from labs.engine.checks.table_check import HOW, KernelTable, Row
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, Flag, ListOf, Number

BY_HAND = frozenset({"static", "boot"})
ROUTE_FIELDS: Mapping[str, Field] = {
    "via": Field(CompareSet("address"), "the next hops."),
    "dev": Field(CompareSet("text"), "the outgoing interfaces."),
    "protocol": Field(
        Compare("text"), "the origin of the route: kernel, ra, ospf, bgp, static, boot (by hand) and so on."
    ),
    "metric": Field(Compare(), "the metric in the kernel."),
    "type": Field(Compare("text"), "unicast, blackhole, unreachable or prohibit."),
    "preference": Field(Compare("text"), "low, medium or high (RFC 4191)."),
    "vrf": Field(VRF.shape, "the VRF in which the kernel looks; the main table if left out."),
    "every": Field(
        Flag(), "true: all routes to the prefix must match, for example those of all routers; else one is enough."
    ),
    "present": PRESENT,
}


def _ask(node: Node, family: int, vrf: str = "") -> Ask:
    return {"ask": "ip", "node": node.name, "args": [f"-{family}", "route", *(("show", "vrf", vrf) if vrf else ())]}


def _in(vrf: str) -> str:
    return f" vrf {vrf}" if vrf else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FibRoute(CheckType):
    NAME: ClassVar = "fib.route"
    ABOUT: ClassVar = "The kernel has a route to exactly this prefix, with these values."
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
    vrf: str = ""
    every: bool = False
    present: bool = True

    def destination(self) -> AnyNetwork:
        return self.prefix

    def asks_of(self, node: Node) -> list[Ask]:
        return [_ask(node, self.destination().version, self.vrf)]

    def command_on(self, node: Node) -> str:
        return f"ip -{self.destination().version} route show {self.destination()}{_in(self.vrf)}"

    def expected(self) -> Text:
        names = ("via", "dev", "protocol", "metric", "type", "preference")
        words = {"prefix": self.destination(), "fields": expected_values({name: getattr(self, name) for name in names})}
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
        enough = bool(wrong) and not any(wrong) if self.every else [] in wrong
        if enough is self.present:
            return self.passed(node, seen)
        return self.failed(
            node,
            seen,
            self._cause(table, [fields for fields in wrong if fields]),
            routes=[str(route) for route in table[:40]],
        )

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
            return Text(_("The route is still installed. Its protocol (proto) names where it comes from."))
        if wrong:
            return not_as_expected(wrong)
        covering = [
            route
            for route in table
            if route.prefix.version == self.destination().version and _covers(route.prefix, self.destination())
        ]
        if covering:
            return Text(
                _("Packets to this prefix take a less specific route: %(route)s"),
                route=max(covering, key=lambda route: route.prefix.prefixlen),
            )
        return Text(_("No routing protocol, static route or connected interface of this node has the prefix."))


def _covers(wide: Any, narrow: Any) -> bool:
    return bool(narrow.subnet_of(wide))


@dataclass(frozen=True, slots=True, kw_only=True)
class FibDefault(FibRoute):
    NAME: ClassVar = "fib.default"
    ABOUT: ClassVar = "The kernel has a default route, with these values."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "family": FAMILY,
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
        "No route to these prefixes was configured by hand. So a static route cannot take the place of a "
        "routing protocol."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefixes": Field(
            ListOf(Address("prefix"), 1), "the prefixes, with all prefixes inside them; every IPv6 prefix if left out."
        ),
    }
    prefixes: tuple[Any, ...] = (linux.DEFAULT6,)

    def needs_control(self) -> bool:
        return True

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
            return self.passed(node, Text(_("%(node)s has no static route to these prefixes"), node=node.name))
        seen = Text(_("%(node)s has %(routes)s"), node=node.name, routes=listed(found))
        return self.failed(
            node, seen, Text(_("These routes were configured by hand. They must come from the routing protocol."))
        )

    def _by_hand(self, answer: Answer, family: int) -> Iterable[linux.Route]:
        scope = [prefix for prefix in self.prefixes if prefix.version == family]
        routes = linux.routes(answer.get("json"), family)
        return [
            route
            for route in routes
            if route.protocol in BY_HAND and any(_covers(prefix, route.prefix) for prefix in scope)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class FibGet(CheckType):
    NAME: ClassVar = "fib.get"
    ABOUT: ClassVar = "How the kernel routes a packet to this address, with all rules, tables and metrics."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "to": Field(Address("address"), "the destination.", required=True),
        "source": Field(Address("address"), "the source address of the packet; the kernel selects it if left out."),
        "via": Field(Compare("address"), "the next hop."),
        "dev": Field(Compare("text"), "the outgoing interface."),
        "chosen": Field(Compare("address"), "the source address that the kernel selects."),
        "table": Field(Compare("text"), "the routing table; main if the kernel does not name one."),
        "vrf": Field(VRF.shape, "the VRF from which the packet is sent; none if left out."),
        "present": Field(PRESENT.shape, "false: the kernel has no route for the packet, or drops it."),
    }
    to: AnyAddress
    source: AnyAddress | None = None
    via: Want | None = None
    dev: Want | None = None
    chosen: Want | None = None
    table: Want | None = None
    vrf: str = ""
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        come_from = ["from", str(self.source)] if self.source else []
        args = [
            f"-{self.to.version}",
            "route",
            "get",
            str(self.to),
            *come_from,
            *(("vrf", self.vrf) if self.vrf else ()),
        ]
        return [{"ask": "ip", "node": node.name, "args": args}]

    def command_on(self, node: Node) -> str:
        return (
            f"ip -{self.to.version} route get {self.to}{f' from {self.source}' if self.source else ''}{_in(self.vrf)}"
        )

    def expected(self) -> Text:
        fields = expected_values({"via": self.via, "dev": self.dev, "source": self.chosen, "table": self.table})
        if self.present:
            return Text(_("the kernel routes a packet to %(to)s %(fields)s"), to=self.to, fields=fields)
        return Text(_("the kernel does not route a packet to %(to)s %(fields)s"), to=self.to, fields=fields)

    def judge(self, on: Sequence[Node], answers: Sequence[object]) -> Finding:
        """No route is an answer too: ip reports it as an error."""
        said = [self._no_route(answer) for answer in answers]
        return CheckType.judge(self, on, said)

    def _no_route(self, answer: object) -> object:
        if isinstance(answer, Mapping) and answer.get("ok") is False and answer.get("kind") == "refused":
            return {"ok": True, "json": [], "error": answer.get("error")}
        return answer

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        ways = [untrusted.fields(way) for way in untrusted.items(answers[0].get("json"))]
        way = ways[0] if ways else {}
        if not way or untrusted.text(way.get("type")) in ("unreachable", "blackhole", "prohibit"):
            said = untrusted.text(answers[0].get("error")) or untrusted.text(way.get("type")) or "–"
            seen = Text(_("%(node)s has no route to %(to)s: %(words)s"), node=node.name, to=self.to, words=said)
            cause = Text(_("No route covers the destination, or the route that covers it drops packets."))
            return self.failed(node, seen, cause) if self.present else self.passed(node, seen)
        values = {
            "via": (self.via, way.get("gateway") or untrusted.fields(way.get("via")).get("host")),
            "dev": (self.dev, way.get("dev")),
            "chosen": (self.chosen, way.get("prefsrc") or way.get("from")),
            "table": (self.table, way.get("table") or "main"),
        }
        wrong = differing(values)
        shown = expected_values({name: untrusted.word(value) for name, (_want, value) in values.items()})
        seen = Text(_("The kernel routes a packet to %(to)s %(seen)s"), to=self.to, seen=shown)
        if (not wrong) is self.present:
            return self.passed(node, seen)
        return self.failed(node, seen, not_as_expected([wrong]) if wrong else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FibEcmp(CheckType):
    NAME: ClassVar = "fib.ecmp"
    ABOUT: ClassVar = "The kernel spreads packets to this prefix over several next hops (ECMP)."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": Field(Address("prefix"), "the prefix.", required=True),
        "ways": Field(Compare(), "the number of next hops; more than one if left out."),
        "dev": Field(CompareSet("text"), "the outgoing interfaces."),
        "via": Field(CompareSet("address"), "the next hops."),
        "protocol": Field(Compare("text"), "the origin of the route, as in fib.route."),
        "weights": Field(ListOf(Number(1, 256), 2), "the weights of the next hops, in any order, such as [1, 3]."),
        "vrf": ROUTE_FIELDS["vrf"],
    }
    prefix: AnyNetwork
    ways: Want | None = None
    dev: Want | None = None
    via: Want | None = None
    protocol: Want | None = None
    weights: tuple[int, ...] = ()
    vrf: str = ""

    def asks_of(self, node: Node) -> list[Ask]:
        return [
            {
                "ask": "ip",
                "node": node.name,
                "args": [
                    f"-{self.prefix.version}",
                    "route",
                    "show",
                    str(self.prefix),
                    *(("vrf", self.vrf) if self.vrf else ()),
                ],
            }
        ]

    def command_on(self, node: Node) -> str:
        return f"ip -{self.prefix.version} route show {self.prefix}{_in(self.vrf)}"

    def expected(self) -> Text:
        named = {"ways": self.ways or "> 1", "via": self.via, "dev": self.dev, "protocol": self.protocol}
        fields = expected_values(named | {"weights": listed(self.weights) or None})
        return Text(_("several next hops to %(prefix)s %(fields)s"), prefix=self.prefix, fields=fields)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        routes = [r for r in linux.routes(answers[0].get("json"), self.prefix.version) if r.prefix == self.prefix]
        if not routes:
            seen = Text(_("%(node)s has no route to %(prefix)s"), node=node.name, prefix=self.prefix)
            return self.failed(
                node, seen, Text(_("No routing protocol has installed a route, and none was configured by hand."))
            )
        best = min(routes, key=lambda route: route.metric or 0)
        together = [route for route in routes if route.metric == best.metric]
        via = tuple(hop for route in together for hop in route.via)
        devices = sorted({dev for route in together for dev in route.devices})
        count = max(len(via), len(devices))
        seen = Text(_("%(node)s has %(routes)s"), node=node.name, routes=listed(together))
        enough = self.ways.accepts(count) if self.ways else count > 1
        weights = sorted(weight for route in together for weight in route.weights)
        if self.weights:
            words = {"routes": listed(together), "weights": listed(map(int, weights))}
            seen = Text(_("%(node)s has %(routes)s with the weights %(weights)s"), node=node.name, **words)
        wrong = differing(
            {"dev": (self.dev, devices), "via": (self.via, via), "protocol": (self.protocol, best.protocol)}
        )
        wrong += ["weights"] if self.weights and weights != sorted(self.weights) else []
        if enough and not wrong:
            return self.passed(node, seen)
        if enough:
            return self.failed(node, seen, not_as_expected([wrong]))
        cause = _("The paths do not have the same cost, or the routing protocol may use only one path (maximum-paths).")
        return self.failed(node, seen, Text(cause))


@dataclass(frozen=True, slots=True, kw_only=True)
class FibRule(KernelTable):
    NAME: ClassVar = "fib.rule"
    ABOUT: ClassVar = "The kernel has a policy rule that looks up such packets in this table."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "family": family_like("prefixes"),
        "source": Field(Compare("prefix"), "the source prefix."),
        "to": Field(Compare("prefix"), "the destination prefix."),
        "iif": Field(Compare("text"), "the incoming interface."),
        "mark": Field(Compare("text"), "the firewall mark, such as 0x1."),
        "table": Field(Compare("text"), "the routing table that it uses."),
        "priority": Field(Compare(), "its priority; the lowest number comes first."),
        "count": HOW["count"],
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("a policy rule with %(what)s")
    UNEXPECTED: ClassVar = _("no policy rule with %(what)s")
    MISSING: ClassVar = _("%(node)s has no such policy rule (ip rule add).")
    ARGS: ClassVar = ("-6", "rule")

    def arguments(self) -> list[str]:
        named = (getattr(self.values.get(name), "value", None) for name in ("source", "to"))
        family = self.values.get("family") or family_of(*named)
        return [f"-{family[-1]}", "rule"]

    def of_kernel(self, printed: Sequence[Row]) -> list[Row]:
        return [
            {
                "source": _rule_prefix(rule, "src"),
                "to": _rule_prefix(rule, "dst"),
                "iif": untrusted.text(rule.get("iif")),
                "mark": untrusted.text(rule.get("fwmark")),
                "table": untrusted.text(rule.get("table")),
                "priority": untrusted.number(rule.get("priority")),
            }
            for rule in printed
        ]


def _rule_prefix(rule: Row, name: str) -> AnyNetwork | None:
    length = rule.get(f"{name}len")
    return untrusted.network(
        f"{untrusted.text(rule.get(name))}{'' if length is None else f'/{untrusted.text(length)}'}"
    )
