"""Check types ``bgp.origination``, ``bgp.aggregate`` and ``bgp.table_size``: the BGP table as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import bgp_rows
from labs.engine.checks.base import ROUTERS, Answer
from labs.engine.checks.bgp_adj import PROTOCOL
from labs.engine.checks.comparison import Compare
from labs.engine.checks.fields import FAMILY
from labs.engine.checks.table_check import HOW, RouterTable, Rows
from labs.engine.definition.spec import Kind, Node
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpTable(RouterTable):
    """The whole table of one address family."""

    KINDS: ClassVar = ROUTERS
    FRR: ClassVar = ("bgpd", "")

    def question(self, node: Node) -> str:
        if node.kind is Kind.BIRD:
            return "show route all where source = RTS_BGP"
        return f"show bgp {self.values.get('family', 'ipv6')} unicast json"

    def of_frr(self, printed: str) -> Rows:
        return bgp_rows.frr_table(printed)

    def of_bird(self, lines: Sequence[str]) -> Rows:
        return bgp_rows.bird_routes(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpOrigination(BgpTable):
    NAME: ClassVar = "bgp.origination"
    ABOUT: ClassVar = (
        "The router itself brings this prefix into BGP; of BIRD, that a session takes a route of its own to the peer."
    )
    KEYS: ClassVar = ("prefix",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": Field(Address("prefix"), "the prefix.", required=True),
        "origin": Field(
            Compare("text"), "IGP for a network statement, incomplete for what was redistributed (FRR only)."
        ),
        "protocol": Field(PROTOCOL.shape, "in BIRD: the name of a session, needed there."),
        "present": HOW["present"],
    }
    ASIDE: ClassVar = ("protocol",)
    WANTED: ClassVar = _("it originates a route with %(what)s")
    UNWANTED: ClassVar = _("it originates no route with %(what)s")
    MISSING: ClassVar = _(
        "The network statement is missing, or stands below another address family, or the prefix is not in the routing table."
    )

    def question(self, node: Node) -> str:
        if node.kind is Kind.BIRD:
            return f"show route all export {self.values.get('protocol', '')} where source != RTS_BGP"
        return BgpTable.question(self, node)

    def of_frr(self, printed: str) -> Rows:
        known = bgp_rows.frr_table(printed)
        return [row for row in known if not row["as_path"]] if isinstance(known, list) else known


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpAggregate(RouterTable):
    NAME: ClassVar = "bgp.aggregate"
    ABOUT: ClassVar = "There is a path to exactly this prefix that was made by aggregation (RFC 4271, 9.2.2.2)."
    KINDS: ClassVar = ROUTERS
    KEYS: ClassVar = ("prefix",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": Field(Address("prefix"), "the prefix.", required=True),
        "aggregator_as": Field(Compare(), "the AS that aggregated."),
        "atomic": Field(Flag(), "whether information was lost (ATOMIC_AGGREGATE)."),
        "present": HOW["present"],
    }
    WANTED: ClassVar = _("an aggregate with %(what)s")
    UNWANTED: ClassVar = _("no aggregate with %(what)s")
    MISSING: ClassVar = _("Nobody aggregates to this prefix, or none of the more specific routes is there.")
    FRR: ClassVar = ("bgpd", "")

    def question(self, node: Node) -> str:
        prefix = self.values["prefix"]
        if node.kind is Kind.BIRD:
            return f"show route {prefix} all"
        return f"show bgp ipv{prefix.version} unicast {prefix} json"

    def of_frr(self, printed: str) -> Rows:
        return bgp_rows.frr_aggregates(printed)

    def of_bird(self, lines: Sequence[str]) -> Rows:
        return bgp_rows.bird_aggregates(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpTableSize(BgpTable):
    """Prefixes, not paths."""

    NAME: ClassVar = "bgp.table_size"
    ABOUT: ClassVar = "The router knows so many prefixes by BGP; in BIRD those that it learned."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefixes": Field(Compare(), "how many.", required=True),
        "family": FAMILY,
    }
    WANTED: ClassVar = _("a BGP table with %(what)s")
    UNWANTED: ClassVar = WANTED
    MISSING: ClassVar = _("The BGP table of %(node)s is empty.")

    def rows(self, node: Node, answers: Sequence[Answer]) -> Rows:
        known = BgpTable.rows(self, node, answers)
        if not isinstance(known, list):
            return known
        mine = 4 if self.values.get("family") == "ipv4" else 6
        prefixes = {row["prefix"] for row in known if row["prefix"].version == mine}
        return [{"prefixes": len(prefixes)}]
