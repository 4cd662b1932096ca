"""Check types ``igmp.*``: the listeners of IPv4 multicast on a link (RFC 9776). FRR has it; BIRD does not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters.frr_daemon import FrrDaemon
from labs.engine.adapters.routing_daemon import Question, Row
from labs.engine.checks.base import ONLY_FRR
from labs.engine.checks.comparison import Compare
from labs.engine.checks.fields import ANY_INTERFACE, INTERFACE
from labs.engine.checks.table_check import HOW, RouterTable
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field


@dataclass(frozen=True, slots=True, kw_only=True)
class IgmpGroup(RouterTable):
    NAME: ClassVar = "igmp.group"
    ABOUT: ClassVar = "The router knows that a host on this interface has joined a multicast group."
    KINDS: ClassVar = ONLY_FRR
    KEYS: ClassVar = ("interface", "group")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": ANY_INTERFACE,
        "group": Field(Address("address", 4), "the group, such as 239.1.2.3.", required=True),
        "mode": Field(Compare("text"), "INCLUDE or EXCLUDE; EXCLUDE means from any source."),
        "version": Field(Compare(), "the version of IGMP: 2 or 3."),
        "count": HOW["count"],
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("a listener with %(what)s")
    UNEXPECTED: ClassVar = _("no listener with %(what)s")
    MISSING: ClassVar = _(
        "No host has joined the group on this interface, or IGMP is not enabled there (FRR: ip igmp, under the interface)."
    )

    def question(self, node: Node) -> Question[list[Row]]:
        return FrrDaemon(node.name).igmp_groups()


@dataclass(frozen=True, slots=True, kw_only=True)
class IgmpInterface(RouterTable):
    NAME: ClassVar = "igmp.interface"
    ABOUT: ClassVar = "IGMP is enabled on this interface, with these values."
    KINDS: ClassVar = ONLY_FRR
    KEYS: ClassVar = ("interface",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        "version": Field(Compare(), "the version of IGMP: 2 or 3."),
        "querier": Field(Compare("address"), "the router that sends the queries: the one with the lowest address."),
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("IGMP on an interface with %(what)s")
    UNEXPECTED: ClassVar = _("no IGMP on an interface with %(what)s")
    MISSING: ClassVar = _("IGMP is not enabled on this interface (FRR: ip igmp, under the interface).")

    def question(self, node: Node) -> Question[list[Row]]:
        return FrrDaemon(node.name).igmp_interfaces()
