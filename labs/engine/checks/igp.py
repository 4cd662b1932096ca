"""Checks of OSPFv2, of the OSPF databases, and of BFD, read from FRR or BIRD."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import bird_tables, frr_tables
from labs.engine.checks.addresses import ANY_INTERFACE, INTERFACE
from labs.engine.checks.base import ROUTERS
from labs.engine.checks.compare import Compare, CompareSet
from labs.engine.checks.ospf import NO_NEIGHBOR, PROTOCOL, SETTINGS
from labs.engine.checks.table import HOW, RouterTable, Rows
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Choice, Field, Word

ROUTER_ID = Word("a router ID such as 10.0.0.1", r"\d{1,3}(\.\d{1,3}){3}", 15)
STATE = Field(Compare("text"), "its state, such as Full, 2-Way or Init.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OspfNeighbor(RouterTable):
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
class OspfInterface(RouterTable):
    NAME: ClassVar = "ospf.interface"
    ABOUT: ClassVar = "OSPFv2 runs on this interface, with these settings."
    KINDS: ClassVar = ROUTERS
    KEYS: ClassVar = ("interface",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        **SETTINGS,
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
class OspfRoute(RouterTable):
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


LSA_TYPES = ("router", "network", "inter-prefix", "inter-router", "external", "nssa", "link", "intra-prefix")
LSA_TYPES_OF_2 = ("router", "network", "summary", "asbr-summary", "external", "nssa")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ospf6Lsdb(RouterTable):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class OspfLsdb(Ospf6Lsdb):
    NAME: ClassVar = "ospf.lsdb"
    ABOUT: ClassVar = "The router's OSPFv2 database holds such link state advertisements (RFC 2328)."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        **Ospf6Lsdb.FIELDS,
        "type": Field(Choice(LSA_TYPES_OF_2), "what they say.", required=True),
    }
    FRR: ClassVar = ("ospfd", "show ip ospf database json")

    def of_frr(self, printed: str) -> Rows:
        return frr_tables.ospf_lsdb(printed)


@dataclass(frozen=True, slots=True, kw_only=True)
class BfdSession(RouterTable):
    NAME: ClassVar = "bfd.session"
    ABOUT: ClassVar = "A BFD session with this peer is in this state (RFC 5880)."
    KINDS: ClassVar = ROUTERS
    KEYS: ClassVar = ("peer", "interface")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "peer": Field(Address("address"), "the peer's address.", required=True),
        "interface": ANY_INTERFACE,
        "state": Field(Compare("text"), "up, down or init; up is what is mostly wanted."),
        "multiplier": Field(Compare(), "how many packets may be lost (FRR only)."),
        "interval": Field(Compare(), "milliseconds between two packets that are sent."),
        "present": HOW["present"],
    }
    WANTED: ClassVar = _("a BFD session with %(what)s")
    UNWANTED: ClassVar = _("no BFD session with %(what)s")
    MISSING: ClassVar = _("Nobody asked for this session: neither a peer of bfd, nor a routing protocol with bfd.")
    FRR: ClassVar = ("bfdd", "show bfd peers json")
    BIRD: ClassVar = "show bfd sessions"

    def of_frr(self, printed: str) -> Rows:
        return frr_tables.bfd_sessions(printed)

    def of_bird(self, lines: Sequence[str]) -> Rows:
        return bird_tables.bfd_sessions(lines)
