"""Check types ``bgp.origination``, ``bgp.aggregate`` and ``bgp.table_size``: the BGP table as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.routing_daemon import Question, Row
from labs.engine.checks.base import Answer
from labs.engine.checks.comparison import Compare
from labs.engine.checks.families import FAMILY, family_of
from labs.engine.checks.fields import BIRD_PROTOCOL, PREFIX
from labs.engine.checks.table_check import HOW, RouterTable, Rows
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpOrigination(RouterTable):
    NAME: ClassVar = "bgp.origination"
    ABOUT: ClassVar = (
        "The router originates this prefix in BGP. For BIRD: a session exports a route that does not come from BGP."
    )
    KEYS: ClassVar = ("prefix",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": PREFIX,
        "origin": Field(
            Compare("text"), "IGP for a network statement, incomplete for a redistributed route (FRR only)."
        ),
        "protocol": Field(BIRD_PROTOCOL, "the name of a BGP protocol in BIRD; BIRD needs it."),
        "present": HOW["present"],
    }
    ASIDE: ClassVar = ("protocol",)
    EXPECTED: ClassVar = _("the router originates a route with %(what)s")
    UNEXPECTED: ClassVar = _("the router originates no route with %(what)s")
    MISSING: ClassVar = _(
        "The network statement is missing, or it is under another address family, or the prefix is not in the routing table."
    )

    def question(self, node: Node) -> Question[list[Row]]:
        return daemon_of(node).bgp_originated(family_of(self.values["prefix"]), self.values.get("protocol", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpAggregate(RouterTable):
    NAME: ClassVar = "bgp.aggregate"
    ABOUT: ClassVar = (
        "The BGP table has a path to exactly this prefix that was made by aggregation (RFC 4271, 9.2.2.2)."
    )
    KEYS: ClassVar = ("prefix",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": PREFIX,
        "aggregator_as": Field(Compare(), "the AS in the AGGREGATOR attribute."),
        "atomic": Field(Flag(), "whether the path has ATOMIC_AGGREGATE: AS numbers were left out of the AS path."),
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("an aggregate with %(what)s")
    UNEXPECTED: ClassVar = _("no aggregate with %(what)s")
    MISSING: ClassVar = _("No router aggregates to this prefix, or the BGP table has no more specific route of it.")

    def question(self, node: Node) -> Question[list[Row]]:
        return daemon_of(node).bgp_aggregates(self.values["prefix"])


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpTableSize(RouterTable):
    """It counts prefixes, not paths."""

    NAME: ClassVar = "bgp.table_size"
    ABOUT: ClassVar = "The BGP table has this number of prefixes. BIRD counts only those that it learned."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefixes": Field(Compare(), "the number of prefixes.", required=True),
        "family": FAMILY,
    }
    EXPECTED: ClassVar = _("a BGP table with %(what)s")
    UNEXPECTED: ClassVar = EXPECTED
    MISSING: ClassVar = _("The BGP table of %(node)s is empty.")

    def needs_control(self) -> bool:
        return bool(self.values["prefixes"].accepts(0))

    def question(self, node: Node) -> Question[list[Row]]:
        return daemon_of(node).bgp_table(self.values.get("family", "ipv6"))

    def rows(self, node: Node, answers: Sequence[Answer]) -> Rows:
        known = RouterTable.rows(self, node, answers)
        if not isinstance(known, list):
            return known
        version = 4 if self.values.get("family") == "ipv4" else 6
        prefixes = {row["prefix"] for row in known if row["prefix"].version == version}
        return [{"prefixes": len(prefixes)}]
