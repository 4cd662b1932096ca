"""Check types ``ospf.*``: OSPFv2 (RFC 2328)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import bird_tables, frr_tables
from labs.engine.checks.base import ROUTERS
from labs.engine.checks.comparison import Compare, CompareSet
from labs.engine.checks.fields import ANY_INTERFACE, INTERFACE, OSPF_SETTINGS, PROTOCOL, ROUTER_ID
from labs.engine.checks.ospf3 import NO_NEIGHBOR, Ospf3Lsdb
from labs.engine.checks.table_check import HOW, RouterTable, Rows
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Choice, Field

STATE = Field(Compare("text"), "its state, such as Full, 2-Way or Init.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ospf2Neighbor(RouterTable):
    NAME: ClassVar = "ospf.neighbor"
    ABOUT: ClassVar = "The router has an OSPFv2 neighbour in this state (RFC 2328)."
    KINDS: ClassVar = ROUTERS
    KEYS: ClassVar = ("interface", "router_id")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": ANY_INTERFACE,
        "router_id": Field(ROUTER_ID, "the neighbour's router ID; any if left out."),
        "state": STATE,
        "protocol": PROTOCOL,
        **HOW,
    }
    WANTED: ClassVar = _("an OSPF neighbour with %(what)s")
    UNWANTED: ClassVar = _("no OSPF neighbour with %(what)s")
    MISSING: ClassVar = NO_NEIGHBOR
    FRR: ClassVar = ("ospfd", "show ip ospf neighbor json")
    BIRD: ClassVar = "show ospf neighbors {protocol}"

    def of_frr(self, printed: str) -> Rows:
        return frr_tables.ospf_neighbors(printed)

    def of_bird(self, lines: Sequence[str]) -> Rows:
        return bird_tables.ospf_neighbors(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ospf2Interface(RouterTable):
    NAME: ClassVar = "ospf.interface"
    ABOUT: ClassVar = "OSPFv2 runs on this interface, with these settings."
    KINDS: ClassVar = ROUTERS
    KEYS: ClassVar = ("interface",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        **OSPF_SETTINGS,
        "protocol": PROTOCOL,
        "present": HOW["present"],
    }
    WANTED: ClassVar = _("OSPF on an interface with %(what)s")
    UNWANTED: ClassVar = _("no OSPF on an interface with %(what)s")
    MISSING: ClassVar = _("The interface is in no area yet (FRR: ip ospf area, below the interface).")
    FRR: ClassVar = ("ospfd", "show ip ospf interface json")
    BIRD: ClassVar = "show ospf interface {protocol}"

    def of_frr(self, printed: str) -> Rows:
        return frr_tables.ospf_interfaces(printed)

    def of_bird(self, lines: Sequence[str]) -> Rows:
        return bird_tables.ospf_interfaces(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ospf2Route(RouterTable):
    NAME: ClassVar = "ospf.route"
    ABOUT: ClassVar = "OSPFv2 itself computed a route to exactly this prefix."
    KINDS: ClassVar = ROUTERS
    KEYS: ClassVar = ("prefix",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": Field(Address("prefix"), "the prefix.", required=True),
        "type": Field(Compare("text"), "intra, inter, external1 or external2."),
        "cost": Field(Compare(), "the whole cost of the way."),
        "via": Field(CompareSet("address"), "the next hops."),
        "dev": Field(CompareSet("text"), "the interfaces it leaves by."),
        "present": HOW["present"],
    }
    WANTED: ClassVar = _("an OSPF route with %(what)s")
    UNWANTED: ClassVar = _("no OSPF route with %(what)s")
    MISSING: ClassVar = _("The router that has this prefix does not announce it: is OSPF on that interface?")
    FRR: ClassVar = ("ospfd", "show ip ospf route json")
    BIRD: ClassVar = "show route {prefix} all"

    def of_frr(self, printed: str) -> Rows:
        return frr_tables.ospf_routes(printed)

    def of_bird(self, lines: Sequence[str]) -> Rows:
        return bird_tables.ospf_routes(lines)


LSA_TYPES_OF_2 = ("router", "network", "summary", "asbr-summary", "external", "nssa")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ospf2Lsdb(Ospf3Lsdb):
    NAME: ClassVar = "ospf.lsdb"
    ABOUT: ClassVar = "The router's OSPFv2 database holds such link state advertisements (RFC 2328)."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        **Ospf3Lsdb.FIELDS,
        "type": Field(Choice(LSA_TYPES_OF_2), "what they say.", required=True),
    }
    FRR: ClassVar = ("ospfd", "show ip ospf database json")

    def of_frr(self, printed: str) -> Rows:
        return frr_tables.ospf_lsdb(printed)
