"""Checks of IS-IS (ISO 10589, RFC 5308), read from FRR; BIRD has none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import frr_tables
from labs.engine.checks.base import ONLY_FRR
from labs.engine.checks.comparison import Compare, CompareSet
from labs.engine.checks.fields import ANY_INTERFACE, INTERFACE
from labs.engine.checks.table_check import HOW, RouterTable, Rows
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, Flag, Number, Word

NAME_OF = Word("a router's name", r"[A-Za-z0-9._-]{1,64}", 64)
LEVEL = Field(Number(1, 2), "1 or 2; both if left out.")


@dataclass(frozen=True, slots=True, kw_only=True)
class IsisAdjacency(RouterTable):
    NAME: ClassVar = "isis.adjacency"
    ABOUT: ClassVar = "The router has an IS-IS adjacency in this state."
    KINDS: ClassVar = ONLY_FRR
    KEYS: ClassVar = ("interface", "neighbor", "level")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": ANY_INTERFACE,
        "neighbor": Field(NAME_OF, "the neighbour's name; any if left out."),
        "level": LEVEL,
        "state": Field(Compare("text"), "Up, Initializing or Down."),
        "area": Field(Compare("text"), "the neighbour's area, such as 49.0001."),
        **HOW,
    }
    WANTED: ClassVar = _("an IS-IS adjacency with %(what)s")
    UNWANTED: ClassVar = _("no IS-IS adjacency with %(what)s")
    MISSING: ClassVar = _(
        "No hello arrives, or it does not match: both ends need IS-IS on the interface, the same network type, a level in "
        "common, and for level 1 the same area."
    )
    FRR: ClassVar = ("isisd", "show isis neighbor detail json")

    def of_frr(self, printed: str) -> Rows:
        return frr_tables.isis_adjacencies(printed)


@dataclass(frozen=True, slots=True, kw_only=True)
class IsisInterface(RouterTable):
    NAME: ClassVar = "isis.interface"
    ABOUT: ClassVar = "IS-IS runs on this interface, with these settings."
    KINDS: ClassVar = ONLY_FRR
    KEYS: ClassVar = ("interface", "level")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        "level": LEVEL,
        "state": Field(Compare("text"), "Up or Down."),
        "type": Field(Compare("text"), "p2p, lan or loopback."),
        "metric": Field(Compare(), "its metric."),
        "hello": Field(Compare(), "seconds."),
        "passive": Field(Flag(), "true: it is announced, but no hello is sent."),
        "present": HOW["present"],
    }
    WANTED: ClassVar = _("IS-IS on an interface with %(what)s")
    UNWANTED: ClassVar = _("no IS-IS on an interface with %(what)s")
    MISSING: ClassVar = _("IS-IS is not on this interface (FRR: ipv6 router isis, below the interface).")
    FRR: ClassVar = ("isisd", "show isis interface detail json")

    def of_frr(self, printed: str) -> Rows:
        return frr_tables.isis_interfaces(printed)


@dataclass(frozen=True, slots=True, kw_only=True)
class IsisRoute(RouterTable):
    NAME: ClassVar = "isis.route"
    ABOUT: ClassVar = "IS-IS itself computed a route to exactly this prefix."
    KINDS: ClassVar = ONLY_FRR
    KEYS: ClassVar = ("prefix", "level")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": Field(Address("prefix"), "the prefix.", required=True),
        "level": LEVEL,
        "metric": Field(Compare(), "the whole metric of the way."),
        "dev": Field(CompareSet("text"), "the interfaces it leaves by."),
        "present": HOW["present"],
    }
    WANTED: ClassVar = _("an IS-IS route with %(what)s")
    UNWANTED: ClassVar = _("no IS-IS route with %(what)s")
    MISSING: ClassVar = _(
        "The prefix is in nobody's link state: is IS-IS for this address family on the interface that has it?"
    )
    FRR: ClassVar = ("isisd", "show isis route json")

    def of_frr(self, printed: str) -> Rows:
        return frr_tables.isis_routes(printed)


@dataclass(frozen=True, slots=True, kw_only=True)
class IsisLsdb(RouterTable):
    NAME: ClassVar = "isis.lsdb"
    ABOUT: ClassVar = "The router's IS-IS database holds the link state of this router, with these bits."
    KINDS: ClassVar = ONLY_FRR
    KEYS: ClassVar = ("router", "level")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "router": Field(NAME_OF, "the router's name; any if left out."),
        "level": LEVEL,
        "attached": Field(Flag(), "the ATT bit: it leads to other areas."),
        "partition": Field(Flag(), "the P bit."),
        "overload": Field(Flag(), "the OL bit: it wants no transit traffic."),
        **HOW,
    }
    WANTED: ClassVar = _("link state with %(what)s")
    UNWANTED: ClassVar = _("no link state with %(what)s")
    MISSING: ClassVar = _(
        "The link state of this router has not reached %(node)s: is there a way of adjacencies to it?"
    )
    FRR: ClassVar = ("isisd", "show isis database json")

    def of_frr(self, printed: str) -> Rows:
        return frr_tables.isis_lsdb(printed)
