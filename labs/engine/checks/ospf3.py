"""Check types ``ospf6.*``: OSPFv3 (RFC 5340)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import bird, bird_tables, frr, frr_tables
from labs.engine.adapters.reading import AnyNetwork
from labs.engine.adapters.routing_state import Silent
from labs.engine.checks.base import (
    NOT_RUNNING,
    ROUTERS,
    Answer,
    Ask,
    CheckType,
    Finding,
    differing,
    listed,
    not_as_wanted,
    wanted,
)
from labs.engine.checks.comparison import Compare, CompareSet, Want
from labs.engine.checks.fields import ANY_INTERFACE, INTERFACE, OSPF_SETTINGS, PRESENT, PROTOCOL, ROUTER_ID
from labs.engine.checks.table_check import HOW, RouterTable, Rows
from labs.engine.definition.spec import Kind, Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Choice, Field, Word

STATE_CAUSES: Mapping[str, str] = {
    "init": _("%(node)s hears the neighbour, but the neighbour does not hear it: look at the other end of the link."),
    "exstart": _("Stuck in the exchange: most often the two ends have different MTUs, or one router ID twice."),
    "exchange": _("Stuck in the exchange: most often the two ends have different MTUs."),
    "2-way": _(
        "On a broadcast link two routers that are neither DR nor BDR stay 2-Way. On a link of two routers use "
        "point-to-point."
    ),
}


NO_NEIGHBOR = _(
    "No hello arrives, or it does not match. Both ends need OSPFv3 on the interface, the same area, and the same "
    "hello and dead intervals (RFC 5340, 4.2.2)."
)


def silent(check: CheckType, node: Node, said: Silent) -> Finding:
    seen = Text(_("The daemon on %(node)s has no such table"), node=node.name)
    if said.words:
        seen = Text(_("The daemon on %(node)s answered: %(words)s"), node=node.name, words=said.words)
    return check.failed(node, seen, Text(_("The protocol is not configured on %(node)s."), node=node.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ospf3Neighbor(CheckType):
    NAME: ClassVar = "ospf6.neighbor"
    ABOUT: ClassVar = "The router has a neighbour in this state."
    KINDS: ClassVar = ROUTERS
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": ANY_INTERFACE,
        "router_id": Field(
            Word("a router ID such as 1.1.1.1", r"\d{1,3}(\.\d{1,3}){3}", 15),
            "the neighbour's router ID; any if left out.",
        ),
        "state": Field(Compare("text"), "Full if left out."),
        "count": Field(Compare(), "how many such neighbours; at least one if left out."),
        "protocol": PROTOCOL,
        "present": PRESENT,
    }
    interface: str = ""
    router_id: str = ""
    state: Want | None = None
    count: Want | None = None
    protocol: str = ""
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        if node.kind is Kind.BIRD:
            return [bird.ask(node.name, bird.neighbors_question(self.protocol))]
        return [frr.ask(node.name, "ospf6d", frr.NEIGHBORS)]

    def command_on(self, node: Node) -> str:
        if node.kind is Kind.BIRD:
            return bird.command(bird.neighbors_question(self.protocol))
        return frr.command(frr.NEIGHBORS)

    def expected(self) -> Text:
        fields = {"on": self.interface or None, "ID": self.router_id or None, "count": self.count}
        words = {"state": self.state or "Full", "fields": wanted(fields)}
        if self.present:
            return Text(_("an OSPFv3 neighbour %(fields)s, state %(state)s"), **words)
        return Text(_("no OSPFv3 neighbour %(fields)s, state %(state)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        known = bird.neighbors(answers[0]) if node.kind is Kind.BIRD else frr.neighbors(answers[0])
        if isinstance(known, Silent):
            return silent(self, node, known)
        there = [n for n in known if self.interface in ("", n.interface) and self.router_id in ("", n.router_id)]
        good = [n for n in there if (self.state.accepts(n.state) if self.state else n.state.lower() == "full")]
        seen = Text(_("Neighbours of %(node)s: %(seen)s"), node=node.name, seen=listed(known) or "–")
        enough = self.count.accepts(len(good)) if self.count else bool(good)
        if enough is self.present:
            return self.passed(node, seen)
        if not self.present:
            return self.failed(node, seen)
        cause = STATE_CAUSES.get(there[0].state.lower(), NO_NEIGHBOR) if there else NO_NEIGHBOR
        return self.failed(node, seen, Text(cause, node=node.name))

    def refused(self, node: Node, error: str) -> Text | None:
        return Text(NOT_RUNNING, node=node.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ospf3Interface(CheckType):
    NAME: ClassVar = "ospf6.interface"
    ABOUT: ClassVar = "OSPFv3 runs on this interface, with these settings."
    KINDS: ClassVar = ROUTERS
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        **OSPF_SETTINGS,
        "protocol": PROTOCOL,
        "present": PRESENT,
    }
    interface: str
    area: Want | None = None
    cost: Want | None = None
    type: Want | None = None
    hello: Want | None = None
    dead: Want | None = None
    passive: Want | None = None
    protocol: str = ""
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        if node.kind is Kind.BIRD:
            return [bird.ask(node.name, bird.interfaces_question(self.protocol))]
        return [frr.ask(node.name, "ospf6d", frr.INTERFACES)]

    def command_on(self, node: Node) -> str:
        if node.kind is Kind.BIRD:
            return bird.command(bird.interfaces_question(self.protocol))
        return frr.command(f"show ipv6 ospf6 interface {self.interface}")

    def expected(self) -> Text:
        words = {"interface": self.interface, "fields": wanted({name: getattr(self, name) for name in OSPF_SETTINGS})}
        if self.present:
            return Text(_("OSPFv3 on %(interface)s %(fields)s"), **words)
        return Text(_("no OSPFv3 on %(interface)s %(fields)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        known = bird.interfaces(answers[0]) if node.kind is Kind.BIRD else frr.interfaces(answers[0])
        if isinstance(known, Silent):
            return silent(self, node, known)
        here = [i for i in known if i.name == self.interface]
        if not here:
            names = listed(i.name for i in known) or "–"
            seen = Text(_("OSPFv3 of %(node)s runs on %(seen)s"), node=node.name, seen=names)
            cause = Text(_("The interface is in no area yet (FRR: ipv6 ospf6 area, below the interface)."))
            return self.failed(node, seen, cause) if self.present else self.passed(node, seen)
        values, wrong = min(((i.settings, self._wrong(i.settings)) for i in here), key=lambda found: len(found[1]))
        shown = Text.fields({name: int(v) if isinstance(v, float) else str(v).lower() for name, v in values.items()})
        seen = Text(_("OSPFv3 on %(interface)s: %(seen)s"), interface=self.interface, seen=shown)
        if (not wrong) is self.present:
            return self.passed(node, seen)
        return self.failed(node, seen, not_as_wanted([wrong]) if self.present else None)

    def _wrong(self, settings: Mapping[str, object]) -> list[str]:
        return differing({name: (getattr(self, name), value) for name, value in settings.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ospf3Route(CheckType):
    NAME: ClassVar = "ospf6.route"
    ABOUT: ClassVar = "OSPFv3 itself computed a route to exactly this prefix."
    KINDS: ClassVar = ROUTERS
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": Field(Address("prefix"), "the prefix.", required=True),
        "type": Field(Compare("text"), "intra, inter, external1 or external2."),
        "cost": Field(Compare(), "the whole cost of the way."),
        "dev": Field(CompareSet("text"), "the interfaces it leaves by."),
        "protocol": PROTOCOL,
        "present": PRESENT,
    }
    prefix: AnyNetwork
    type: Want | None = None
    cost: Want | None = None
    dev: Want | None = None
    protocol: str = ""
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        if node.kind is Kind.BIRD:
            return [bird.ask(node.name, bird.route_question(self.prefix, self.protocol))]
        return [frr.ask(node.name, "ospf6d", frr.OSPF_ROUTES)]

    def command_on(self, node: Node) -> str:
        if node.kind is Kind.BIRD:
            return bird.command(bird.route_question(self.prefix, self.protocol))
        return frr.command(f"show ipv6 ospf6 route {self.prefix} detail")

    def expected(self) -> Text:
        words = {
            "prefix": self.prefix,
            "fields": wanted({name: getattr(self, name) for name in ("type", "cost", "dev")}),
        }
        if self.present:
            return Text(_("an OSPFv3 route to %(prefix)s %(fields)s"), **words)
        return Text(_("no OSPFv3 route to %(prefix)s %(fields)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        known = bird.ospf_routes(answers[0]) if node.kind is Kind.BIRD else frr.ospf_routes(answers[0])
        if isinstance(known, Silent):
            return silent(self, node, known)
        here = [route for route in known if route.prefix == self.prefix]
        wrong = [
            differing({"type": (self.type, r.kind), "cost": (self.cost, r.cost), "dev": (self.dev, r.devices)})
            for r in here
        ]
        seen = Text(_("OSPFv3 of %(node)s knows no way to %(prefix)s"), node=node.name, prefix=self.prefix)
        if here:
            ways = listed(
                f"{r.kind} cost {'?' if r.cost is None else int(r.cost)} dev {' '.join(r.devices) or '–'}" for r in here
            )
            seen = Text(_("OSPFv3 of %(node)s has %(prefix)s: %(ways)s"), node=node.name, prefix=self.prefix, ways=ways)
        if ([] in wrong) is self.present:
            return self.passed(node, seen)
        if not self.present:
            return self.failed(node, seen)
        if here:
            return self.failed(node, seen, not_as_wanted(wrong))
        return self.failed(
            node,
            seen,
            Text(
                _("The router that has this prefix does not announce it: is OSPFv3 on that interface, passive or not?")
            ),
        )


LSA_TYPES = ("router", "network", "inter-prefix", "inter-router", "external", "nssa", "link", "intra-prefix")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ospf3Lsdb(RouterTable):
    """A router LSA with several links counts once."""

    NAME: ClassVar = "ospf6.lsdb"
    ABOUT: ClassVar = "The router's OSPFv3 database holds such link state advertisements (RFC 5340)."
    KINDS: ClassVar = ROUTERS
    KEYS: ClassVar = ("type", "router_id", "area")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "type": Field(Choice(LSA_TYPES), "what they say.", required=True),
        "router_id": Field(ROUTER_ID, "the router that made them; any if left out."),
        "area": Field(ROUTER_ID, "the area, as 0.0.0.0; any if left out."),
        "protocol": Field(PROTOCOL.shape, "its name in BIRD; needed where BIRD runs more than one OSPF."),
        "count": HOW["count"],
        "present": HOW["present"],
    }
    WANTED: ClassVar = _("link state advertisements with %(what)s")
    UNWANTED: ClassVar = _("no link state advertisement with %(what)s")
    MISSING: ClassVar = _(
        "No such advertisement has reached %(node)s: is the router that makes it a neighbour of others?"
    )
    FRR: ClassVar = ("ospf6d", "show ipv6 ospf6 database json")
    BIRD: ClassVar = "show ospf lsadb {protocol}"

    def of_frr(self, printed: str) -> Rows:
        return frr_tables.ospf6_lsdb(printed)

    def of_bird(self, lines: Sequence[str]) -> Rows:
        return bird_tables.ospf_lsdb(lines)
