"""Check types ``rip.*``: RIP for IPv4 (RFC 2453) and RIPng for IPv6 (RFC 2080)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.routing_daemon import Question, Row
from labs.engine.checks.comparison import Compare
from labs.engine.checks.families import family_of
from labs.engine.checks.fields import NEXT_HOPS, PREFIX
from labs.engine.checks.table_check import HOW, RouterTable
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Choice, Field


@dataclass(frozen=True, slots=True, kw_only=True)
class RipRoute(RouterTable):
    NAME: ClassVar = "rip.route"
    ABOUT: ClassVar = "RIP has learned a route to exactly this prefix; for a prefix of IPv6 it is RIPng."
    KEYS: ClassVar = ("prefix",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": PREFIX,
        "metric": Field(Compare(), "its metric; 16 means unreachable."),
        "via": NEXT_HOPS,
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("a RIP route with %(what)s")
    UNEXPECTED: ClassVar = _("no RIP route with %(what)s")
    MISSING: ClassVar = _(
        "No neighbour advertises this prefix. The router that has it must run RIP on that interface, or redistribute the route."
    )

    def question(self, node: Node) -> Question[list[Row]]:
        return daemon_of(node).rip_routes(self.values["prefix"])


@dataclass(frozen=True, slots=True, kw_only=True)
class RipNeighbor(RouterTable):
    NAME: ClassVar = "rip.neighbor"
    ABOUT: ClassVar = "The router has received updates of RIP, or of RIPng, from a neighbour."
    KEYS: ClassVar = ("address",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "address": Field(Address("address"), "its address, for RIPng the link-local one; any if left out."),
        "family": Field(Choice(("ipv6", "ipv4")), "ipv4 for RIP, ipv6 for RIPng; that of the address if left out."),
        "count": HOW["count"],
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("a RIP neighbour with %(what)s")
    UNEXPECTED: ClassVar = _("no RIP neighbour with %(what)s")
    MISSING: ClassVar = _(
        "No update arrives. Check that RIP is enabled at both ends of the link (FRR: network, under router rip)."
    )

    def question(self, node: Node) -> Question[list[Row]]:
        return daemon_of(node).rip_neighbors(self.values.get("family") or family_of(self.values.get("address")))
