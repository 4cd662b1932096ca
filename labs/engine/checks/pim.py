"""Check types ``pim.*``: PIM for IPv4 (RFC 7761). FRR has it; BIRD does not."""

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
class PimNeighbor(RouterTable):
    NAME: ClassVar = "pim.neighbor"
    ABOUT: ClassVar = "The router has a PIM neighbour."
    KINDS: ClassVar = ONLY_FRR
    KEYS: ClassVar = ("interface", "address")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": ANY_INTERFACE,
        "address": Field(Address("address", 4), "its address; any if left out."),
        "priority": Field(Compare(), "its priority in the election of the designated router (DR)."),
        "count": HOW["count"],
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("a PIM neighbour with %(what)s")
    UNEXPECTED: ClassVar = _("no PIM neighbour with %(what)s")
    MISSING: ClassVar = _(
        "No hello arrives. Check that PIM is enabled at both ends of the link (FRR: ip pim, under the interface)."
    )

    def question(self, node: Node) -> Question[list[Row]]:
        return FrrDaemon(node.name).pim_neighbors()


@dataclass(frozen=True, slots=True, kw_only=True)
class PimInterface(RouterTable):
    NAME: ClassVar = "pim.interface"
    ABOUT: ClassVar = "PIM is enabled on this interface, with these values."
    KINDS: ClassVar = ONLY_FRR
    KEYS: ClassVar = ("interface",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        "state": Field(Compare("text"), "up or down."),
        "neighbors": Field(Compare(), "the number of its PIM neighbours."),
        "dr": Field(Compare("address"), "the address of the designated router (DR)."),
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("PIM on an interface with %(what)s")
    UNEXPECTED: ClassVar = _("no PIM on an interface with %(what)s")
    MISSING: ClassVar = _("PIM is not enabled on this interface (FRR: ip pim, under the interface).")

    def question(self, node: Node) -> Question[list[Row]]:
        return FrrDaemon(node.name).pim_interfaces()
