"""Check types ``ldp.*``: LDP (RFC 5036). FRR has it; BIRD does not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import untrusted
from labs.engine.adapters.frr_daemon import FrrDaemon
from labs.engine.adapters.routing_daemon import Question, Row
from labs.engine.checks.base import ONLY_FRR
from labs.engine.checks.comparison import Compare, Equal
from labs.engine.checks.fields import PREFIX, ROUTER_ID
from labs.engine.checks.table_check import HOW, RouterTable
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class LdpNeighbor(RouterTable):
    NAME: ClassVar = "ldp.neighbor"
    ABOUT: ClassVar = "The router has an LDP session with a neighbour, in this state."
    KINDS: ClassVar = ONLY_FRR
    KEYS: ClassVar = ("router_id",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "router_id": Field(ROUTER_ID, "the neighbour's LDP router ID; any if left out."),
        "state": Field(Compare("text"), "OPERATIONAL if left out, and any with present: false."),
        "address": Field(Compare("address"), "its transport address."),
        "count": HOW["count"],
        "present": HOW["present"],
    }
    DEFAULTS: ClassVar = {"state": Equal("OPERATIONAL", untrusted.word)}
    EXPECTED: ClassVar = _("an LDP session with %(what)s")
    UNEXPECTED: ClassVar = _("no LDP session with %(what)s")
    MISSING: ClassVar = _(
        "No LDP hello arrives, or there is no route to the neighbour's transport address. Check that LDP is enabled on both ends."
    )

    def question(self, node: Node) -> Question[list[Row]]:
        return FrrDaemon(node.name).ldp_neighbors()


@dataclass(frozen=True, slots=True, kw_only=True)
class LdpBinding(RouterTable):
    NAME: ClassVar = "ldp.binding"
    ABOUT: ClassVar = "LDP has labels for exactly this prefix."
    KINDS: ClassVar = ONLY_FRR
    KEYS: ClassVar = ("prefix", "router_id")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": PREFIX,
        "router_id": Field(
            ROUTER_ID, "the LDP router ID of the neighbour that gave the remote label; any if left out."
        ),
        "local": Field(Compare("text"), "the router's own label, such as 16 or imp-null."),
        "remote": Field(Compare("text"), "the neighbour's label."),
        "used": Field(Flag(), "whether packets are sent with the remote label, because the neighbour is the next hop."),
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("labels with %(what)s")
    UNEXPECTED: ClassVar = _("no labels with %(what)s")
    MISSING: ClassVar = _("The router has no route to this prefix, or no LDP neighbour has a label for it.")

    def question(self, node: Node) -> Question[list[Row]]:
        return FrrDaemon(node.name).ldp_bindings()
