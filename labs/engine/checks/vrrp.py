"""Check type ``vrrp.router``: VRRP (RFC 9568). FRR has it; BIRD does not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters.frr_daemon import FrrDaemon
from labs.engine.adapters.routing_daemon import Question, Row
from labs.engine.checks.base import ONLY_FRR
from labs.engine.checks.comparison import Compare, CompareSet
from labs.engine.checks.fields import ANY_INTERFACE
from labs.engine.checks.table_check import HOW, RouterTable
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Choice, Field, Flag, Number


@dataclass(frozen=True, slots=True, kw_only=True)
class VrrpRouter(RouterTable):
    NAME: ClassVar = "vrrp.router"
    ABOUT: ClassVar = "The router takes part in a virtual router (VRRP), in this state and with these values."
    KINDS: ClassVar = ONLY_FRR
    KEYS: ClassVar = ("vrid", "interface", "family")
    ASIDE: ClassVar = ()
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "vrid": Field(Number(1, 255), "the virtual router identifier (VRID).", required=True),
        "interface": ANY_INTERFACE,
        "family": Field(Choice(("ipv6", "ipv4")), "the family of its virtual addresses; any if left out."),
        "state": Field(Compare("text"), "Master or Backup; with hold, it must stay so."),
        "priority": Field(Compare(), "the priority that it uses; 255 if it owns the address."),
        "addresses": Field(CompareSet("address"), "the virtual addresses."),
        "interval": Field(Compare(), "the advertisement interval, in milliseconds."),
        "version": Field(Compare(), "2 or 3."),
        "preempt": Field(Flag(), "whether it becomes Master again when its priority is higher."),
        "count": HOW["count"],
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("a virtual router with %(what)s")
    UNEXPECTED: ClassVar = _("no virtual router with %(what)s")
    MISSING: ClassVar = _(
        "No such virtual router is configured with an address of this family (FRR: vrrp VRID ip, under the interface)."
    )

    def question(self, node: Node) -> Question[list[Row]]:
        return FrrDaemon(node.name).vrrp_routers()
