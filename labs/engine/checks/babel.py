"""Checks of Babel (RFC 8966), read from FRR or BIRD: both say it in text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import bird_tables, frr_tables
from labs.engine.checks.base import ROUTERS
from labs.engine.checks.comparison import Compare
from labs.engine.checks.fields import ANY_INTERFACE
from labs.engine.checks.table_check import HOW, RouterTable, Rows
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class BabelNeighbor(RouterTable):
    NAME: ClassVar = "babel.neighbor"
    ABOUT: ClassVar = "The router has a Babel neighbour."
    KINDS: ClassVar = ROUTERS
    KEYS: ClassVar = ("interface", "address")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": ANY_INTERFACE,
        "address": Field(Address("address"), "its link-local address; any if left out."),
        "cost": Field(Compare(), "what the link costs: FRR's rxcost, BIRD's metric; 65535 is not usable."),
        **HOW,
    }
    WANTED: ClassVar = _("a Babel neighbour with %(what)s")
    UNWANTED: ClassVar = _("no Babel neighbour with %(what)s")
    MISSING: ClassVar = _("No hello arrives: is Babel on both ends of the link (FRR: network, below router babel)?")
    FRR: ClassVar = ("babeld", "show babel neighbor")
    BIRD: ClassVar = "show babel neighbors"

    def of_frr(self, printed: str) -> Rows:
        return frr_tables.babel_neighbors(printed)

    def of_bird(self, lines: Sequence[str]) -> Rows:
        return bird_tables.babel_neighbors(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class BabelRoute(RouterTable):
    NAME: ClassVar = "babel.route"
    ABOUT: ClassVar = "Babel knows a way to exactly this prefix."
    KINDS: ClassVar = ROUTERS
    KEYS: ClassVar = ("prefix",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": Field(Address("prefix"), "the prefix.", required=True),
        "interface": Field(Compare("text"), "the interface it leaves by."),
        "via": Field(Compare("address"), "the neighbour's link-local address."),
        "metric": Field(Compare(), "its metric."),
        "installed": Field(Flag(), "whether it is the way in use."),
        "present": HOW["present"],
    }
    WANTED: ClassVar = _("a Babel route with %(what)s")
    UNWANTED: ClassVar = _("no Babel route with %(what)s")
    MISSING: ClassVar = _("Nobody announces this prefix: the router that has it must redistribute it into Babel.")
    FRR: ClassVar = ("babeld", "show babel route")
    BIRD: ClassVar = "show babel routes"

    def of_frr(self, printed: str) -> Rows:
        return frr_tables.babel_routes(printed)

    def of_bird(self, lines: Sequence[str]) -> Rows:
        return bird_tables.babel_routes(lines)
