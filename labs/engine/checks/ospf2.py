"""Check types ``ospf.*``: OSPFv2 (RFC 2328)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import untrusted
from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.routing_daemon import Question, Row
from labs.engine.checks.comparison import Compare, Equal
from labs.engine.checks.fields import (
    ANY_INTERFACE,
    INTERFACE,
    NEXT_HOPS,
    OSPF_COST,
    OSPF_ROLE,
    OSPF_ROUTE_TYPE,
    OSPF_SETTINGS,
    OUTGOING_INTERFACES,
    PROTOCOL,
    ROUTER_ID,
    VRF,
)
from labs.engine.checks.ospf3 import Ospf3Lsdb
from labs.engine.checks.table_check import HOW, RouterTable
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Choice, Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Ospf2Neighbor(RouterTable):
    NAME: ClassVar = "ospf.neighbor"
    ABOUT: ClassVar = "The router has an OSPFv2 neighbour in this state."
    KEYS: ClassVar = ("interface", "router_id")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": ANY_INTERFACE,
        "router_id": Field(ROUTER_ID, "the neighbour's router ID; any if left out."),
        "state": Field(Compare("text"), "Full, 2-Way, Init and so on. If left out: Full, and any with present: false."),
        "role": OSPF_ROLE,
        "protocol": PROTOCOL,
        "vrf": VRF,
        **HOW,
    }
    DEFAULTS: ClassVar = {"state": Equal("Full", untrusted.word)}
    EXPECTED: ClassVar = _("an OSPF neighbour with %(what)s")
    UNEXPECTED: ClassVar = _("no OSPF neighbour with %(what)s")
    MISSING: ClassVar = _(
        "No hello arrives, or its parameters do not match. Both ends need OSPF on the interface, the same area, the same "
        "subnet mask, and the same hello and dead intervals (RFC 2328, 10.5)."
    )

    def question(self, node: Node) -> Question[list[Row]]:
        return daemon_of(node, self.vrf_name()).ospf2_neighbors(self.values.get("protocol", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ospf2Interface(RouterTable):
    NAME: ClassVar = "ospf.interface"
    ABOUT: ClassVar = "OSPFv2 is enabled on this interface, with these settings."
    KEYS: ClassVar = ("interface",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        **OSPF_SETTINGS,
        "protocol": PROTOCOL,
        "vrf": VRF,
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("OSPF on an interface with %(what)s")
    UNEXPECTED: ClassVar = _("no OSPF on an interface with %(what)s")
    MISSING: ClassVar = _("The interface is in no area yet (FRR: ip ospf area, under the interface).")

    def question(self, node: Node) -> Question[list[Row]]:
        return daemon_of(node, self.vrf_name()).ospf2_interfaces(self.values.get("protocol", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ospf2Route(RouterTable):
    NAME: ClassVar = "ospf.route"
    ABOUT: ClassVar = "OSPFv2 has computed a route to exactly this prefix."
    KEYS: ClassVar = ("prefix",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": Field(Address("prefix", 4), "the prefix.", required=True),
        "type": OSPF_ROUTE_TYPE,
        "cost": OSPF_COST,
        "via": NEXT_HOPS,
        "dev": OUTGOING_INTERFACES,
        "vrf": VRF,
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("an OSPF route with %(what)s")
    UNEXPECTED: ClassVar = _("no OSPF route with %(what)s")
    MISSING: ClassVar = _(
        "The router that has this prefix does not advertise it. Check that OSPF is enabled on that interface."
    )

    def question(self, node: Node) -> Question[list[Row]]:
        return daemon_of(node, self.vrf_name()).ospf2_routes(self.values["prefix"])


LSA_TYPES = ("router", "network", "summary", "asbr-summary", "external", "nssa")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ospf2Lsdb(Ospf3Lsdb):
    NAME: ClassVar = "ospf.lsdb"
    ABOUT: ClassVar = "The router's OSPFv2 link state database holds such LSAs."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        **Ospf3Lsdb.FIELDS,
        "type": Field(Choice(LSA_TYPES), "the type of LSA.", required=True),
    }

    def question(self, node: Node) -> Question[list[Row]]:
        return daemon_of(node).ospf2_lsdb(self.values.get("protocol", ""))
