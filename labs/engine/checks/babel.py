"""Check types ``babel.*``: Babel (RFC 8966)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.routing_daemon import Question, Row
from labs.engine.checks.comparison import Compare
from labs.engine.checks.fields import ANY_INTERFACE, PREFIX
from labs.engine.checks.table_check import HOW, RouterTable
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class BabelNeighbor(RouterTable):
    NAME: ClassVar = "babel.neighbor"
    ABOUT: ClassVar = "The router has a Babel neighbour."
    KEYS: ClassVar = ("interface", "address")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": ANY_INTERFACE,
        "address": Field(Address("address", 6), "its link-local address; any if left out."),
        "cost": Field(Compare(), "the cost of the link: FRR's rxcost, BIRD's metric; 65535 means unreachable."),
        **HOW,
    }
    EXPECTED: ClassVar = _("a Babel neighbour with %(what)s")
    UNEXPECTED: ClassVar = _("no Babel neighbour with %(what)s")
    MISSING: ClassVar = _(
        "No hello arrives. Check that Babel is enabled at both ends of the link (FRR: network, under router babel)."
    )

    def question(self, node: Node) -> Question[list[Row]]:
        return daemon_of(node).babel_neighbors()


@dataclass(frozen=True, slots=True, kw_only=True)
class BabelRoute(RouterTable):
    NAME: ClassVar = "babel.route"
    ABOUT: ClassVar = "Babel has a route to exactly this prefix."
    KEYS: ClassVar = ("prefix",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": PREFIX,
        "interface": Field(Compare("text"), "the outgoing interface."),
        "via": Field(Compare("address"), "the neighbour's link-local address."),
        "metric": Field(Compare(), "its metric."),
        "installed": Field(Flag(), "whether the route is installed."),
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("a Babel route with %(what)s")
    UNEXPECTED: ClassVar = _("no Babel route with %(what)s")
    MISSING: ClassVar = _(
        "No router advertises this prefix. The router that has the prefix must redistribute it into Babel."
    )

    def question(self, node: Node) -> Question[list[Row]]:
        return daemon_of(node).babel_routes()
