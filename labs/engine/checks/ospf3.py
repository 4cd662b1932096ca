"""Check types ``ospf6.*``: OSPFv3 (RFC 5340)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.routing_daemon import Question, Row
from labs.engine.adapters.routing_state import OspfInterface, OspfNeighbor, OspfRoute
from labs.engine.adapters.untrusted import AnyNetwork
from labs.engine.checks.base import Finding, differing, expected_values, listed, not_as_expected
from labs.engine.checks.comparison import Compare, Want
from labs.engine.checks.daemon_check import DaemonCheck
from labs.engine.checks.fields import (
    ANY_INTERFACE,
    INTERFACE,
    OSPF_COST,
    OSPF_ROLE,
    OSPF_ROUTE_TYPE,
    OSPF_SETTINGS,
    OUTGOING_INTERFACES,
    PREFIX,
    PRESENT,
    PROTOCOL,
    ROUTER_ID,
    VRF,
)
from labs.engine.checks.table_check import HOW, RouterTable
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Choice, Field

STATE_CAUSES: Mapping[str, str] = {
    "init": _(
        "%(node)s receives hellos from the neighbour, but the neighbour does not receive hellos from %(node)s. Look at the "
        "other end of the link."
    ),
    "exstart": _(
        "The database exchange does not start. Most often the two ends have different MTUs, or both routers have the same "
        "router ID."
    ),
    "exchange": _("The database exchange does not finish. Most often the two ends have different MTUs."),
    "2-way": _(
        "On a broadcast link, two routers that are neither DR nor BDR stay in 2-Way. On a link between two routers, use the "
        "network type point-to-point."
    ),
}
NO_NEIGHBOR = _(
    "No hello arrives, or its parameters do not match. Both ends need OSPFv3 on the interface, the same area, and the same "
    "hello and dead intervals (RFC 5340, 4.2.2)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ospf3Neighbor(DaemonCheck):
    NAME: ClassVar = "ospf6.neighbor"
    ABOUT: ClassVar = "The router has an OSPFv3 neighbour in this state."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": ANY_INTERFACE,
        "router_id": Field(ROUTER_ID, "the neighbour's router ID; any if left out."),
        "state": Field(Compare("text"), "Full, 2-Way, Init and so on. If left out: Full, and any with present: false."),
        "role": OSPF_ROLE,
        "count": Field(Compare(), "the number of such neighbours; at least one if left out."),
        "protocol": PROTOCOL,
        "vrf": VRF,
        "present": PRESENT,
    }
    interface: str = ""
    router_id: str = ""
    state: Want | None = None
    role: Want | None = None
    count: Want | None = None
    protocol: str = ""
    vrf: str = ""
    present: bool = True

    def question(self, node: Node) -> Question[list[OspfNeighbor]]:
        return daemon_of(node, self.vrf).ospf3_neighbors(self.protocol)

    def expected(self) -> Text:
        fields = {"on": self.interface or None, "ID": self.router_id or None, "count": self.count, "role": self.role}
        words = {"state": self.state or ("Full" if self.present else _("any")), "fields": expected_values(fields)}
        if self.present:
            return Text(_("an OSPFv3 neighbour %(fields)s, state %(state)s"), **words)
        return Text(_("no OSPFv3 neighbour %(fields)s, state %(state)s"), **words)

    def _has_state(self, neighbor: OspfNeighbor) -> bool:
        if self.state:
            return self.state.accepts(neighbor.state)
        return not self.present or neighbor.state.lower() == "full"

    def judge_known(self, node: Node, known: Sequence[OspfNeighbor]) -> Finding:
        there = [n for n in known if self.interface in ("", n.interface) and self.router_id in ("", n.router_id)]
        good = [n for n in there if self._has_state(n)]
        good = [n for n in good if self.role is None or self.role.accepts(n.role)]
        seen = Text(_("Neighbours of %(node)s: %(seen)s"), node=node.name, seen=listed(known) or "–")
        enough = self.count.accepts(len(good)) if self.count else bool(good)
        if enough is self.present:
            return self.passed(node, seen)
        if not self.present:
            return self.failed(node, seen)
        cause = STATE_CAUSES.get(there[0].state.lower(), NO_NEIGHBOR) if there else NO_NEIGHBOR
        return self.failed(node, seen, Text(cause, node=node.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ospf3Interface(DaemonCheck):
    NAME: ClassVar = "ospf6.interface"
    ABOUT: ClassVar = "OSPFv3 is enabled on this interface, with these settings."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        **OSPF_SETTINGS,
        "protocol": PROTOCOL,
        "vrf": VRF,
        "present": PRESENT,
    }
    interface: str
    area: Want | None = None
    cost: Want | None = None
    type: Want | None = None
    hello: Want | None = None
    dead: Want | None = None
    passive: Want | None = None
    role: Want | None = None
    priority: Want | None = None
    dr: Want | None = None
    bdr: Want | None = None
    protocol: str = ""
    vrf: str = ""
    present: bool = True

    def question(self, node: Node) -> Question[list[OspfInterface]]:
        return daemon_of(node, self.vrf).ospf3_interfaces(self.protocol, self.interface)

    def expected(self) -> Text:
        words = {
            "interface": self.interface,
            "fields": expected_values({name: getattr(self, name) for name in OSPF_SETTINGS}),
        }
        if self.present:
            return Text(_("OSPFv3 on %(interface)s %(fields)s"), **words)
        return Text(_("no OSPFv3 on %(interface)s %(fields)s"), **words)

    def judge_known(self, node: Node, known: Sequence[OspfInterface]) -> Finding:
        here = [i for i in known if i.name == self.interface]
        if not here:
            names = listed(i.name for i in known) or "–"
            seen = Text(_("OSPFv3 on %(node)s is enabled on: %(seen)s"), node=node.name, seen=names)
            cause = Text(_("The interface is in no area yet (FRR: ipv6 ospf6 area, under the interface)."))
            return self.failed(node, seen, cause) if self.present else self.passed(node, seen)
        values, wrong = min(((i.settings, self._wrong(i.settings)) for i in here), key=lambda found: len(found[1]))
        shown = Text.fields({name: int(v) if isinstance(v, float) else str(v).lower() for name, v in values.items()})
        seen = Text(_("OSPFv3 on %(interface)s: %(seen)s"), interface=self.interface, seen=shown)
        if (not wrong) is self.present:
            return self.passed(node, seen)
        return self.failed(node, seen, not_as_expected([wrong]) if self.present else None)

    def _wrong(self, settings: Mapping[str, object]) -> list[str]:
        return differing({name: (getattr(self, name), value) for name, value in settings.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ospf3Route(DaemonCheck):
    NAME: ClassVar = "ospf6.route"
    ABOUT: ClassVar = "OSPFv3 has computed a route to exactly this prefix."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": PREFIX,
        "type": OSPF_ROUTE_TYPE,
        "cost": OSPF_COST,
        "dev": OUTGOING_INTERFACES,
        "protocol": PROTOCOL,
        "vrf": VRF,
        "present": PRESENT,
    }
    prefix: AnyNetwork
    type: Want | None = None
    cost: Want | None = None
    dev: Want | None = None
    protocol: str = ""
    vrf: str = ""
    present: bool = True

    def question(self, node: Node) -> Question[list[OspfRoute]]:
        return daemon_of(node, self.vrf).ospf3_routes(self.prefix, self.protocol)

    def expected(self) -> Text:
        fields = expected_values({name: getattr(self, name) for name in ("type", "cost", "dev")})
        if self.present:
            return Text(_("an OSPFv3 route to %(prefix)s %(fields)s"), prefix=self.prefix, fields=fields)
        return Text(_("no OSPFv3 route to %(prefix)s %(fields)s"), prefix=self.prefix, fields=fields)

    def judge_known(self, node: Node, known: Sequence[OspfRoute]) -> Finding:
        here = [route for route in known if route.prefix == self.prefix]
        wrong = [
            differing({"type": (self.type, r.kind), "cost": (self.cost, r.cost), "dev": (self.dev, r.devices)})
            for r in here
        ]
        seen = Text(_("OSPFv3 on %(node)s has no route to %(prefix)s"), node=node.name, prefix=self.prefix)
        if here:
            routes = listed(map(_summary, here))
            words = {"node": node.name, "prefix": self.prefix, "routes": routes}
            seen = Text(_("OSPFv3 on %(node)s has a route to %(prefix)s: %(routes)s"), **words)
        if ([] in wrong) is self.present:
            return self.passed(node, seen)
        if not self.present:
            return self.failed(node, seen)
        if here:
            return self.failed(node, seen, not_as_expected(wrong))
        cause = _(
            "The router that has this prefix does not advertise it. OSPFv3 must be enabled on that interface; it may be passive."
        )
        return self.failed(node, seen, Text(cause))


def _summary(route: OspfRoute) -> str:
    cost = "?" if route.cost is None else int(route.cost)
    return f"{route.kind} cost {cost} dev {' '.join(route.devices) or '–'}"


LSA_TYPES = ("router", "network", "inter-prefix", "inter-router", "external", "nssa", "link", "intra-prefix")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ospf3Lsdb(RouterTable):
    """A router-LSA with several links counts once."""

    NAME: ClassVar = "ospf6.lsdb"
    ABOUT: ClassVar = "The router's OSPFv3 link state database holds such LSAs."
    KEYS: ClassVar = ("type", "router_id", "area")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "type": Field(Choice(LSA_TYPES), "the type of LSA.", required=True),
        "router_id": Field(ROUTER_ID, "the advertising router; any if left out."),
        "area": Field(ROUTER_ID, "the area, as 0.0.0.0; any if left out."),
        "protocol": Field(PROTOCOL.shape, "its name in BIRD; needed where BIRD runs more than one OSPF."),
        "count": HOW["count"],
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("LSAs with %(what)s")
    UNEXPECTED: ClassVar = _("no LSA with %(what)s")
    MISSING: ClassVar = _(
        "No such LSA has reached %(node)s. Check that the advertising router has a neighbour in state Full."
    )

    def question(self, node: Node) -> Question[list[Row]]:
        return daemon_of(node).ospf3_lsdb(self.values.get("protocol", ""))
