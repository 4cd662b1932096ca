"""Checks of what a BGP session is made of, and of what goes in and out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import bgp_rows
from labs.engine.checks.base import ROUTERS, Answer
from labs.engine.checks.compare import Compare, CompareSet
from labs.engine.checks.table import HOW, RouterTable, Rows
from labs.engine.definition.spec import Kind, Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Choice, Field, Flag, Word

PEER = Field(Address("address"), "the peer's address.", required=True)
PREFIX = Field(Address("prefix"), "the prefix; any if left out.")
AS_PATH = Field(Compare("text"), 'the AS numbers with spaces between, for example "65002 65003".')
FAMILY = Field(Choice(("ipv6", "ipv4")), "the address family; ipv6 if left out.")
PROTOCOL = Field(
    Word("a protocol's name in BIRD", r"[A-Za-z_][A-Za-z0-9_]{0,60}", 61), "the name of the protocol in BIRD."
)
NOT_SENT = _("The route is not in the sender's table, or a policy stops it, or the session is not up.")


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpNeighbor(RouterTable):
    """What FRR calls by other words than BIRD is one field here; what only FRR says is empty for BIRD."""

    NAME: ClassVar = "bgp.neighbor"
    ABOUT: ClassVar = "The session with this peer is set up like this: timers, password, hops, role, policies, limits."
    KINDS: ClassVar = ROUTERS
    KEYS: ClassVar = ("peer",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "peer": PEER,
        "state": Field(Compare("text"), "Established is what is mostly wanted."),
        "remote_as": Field(Compare(), "the peer's AS number."),
        "hold": Field(Compare(), "the hold time that both agreed on, in seconds."),
        "keepalive": Field(Compare(), "seconds between keepalives."),
        "password": Field(Flag(), "whether TCP segments are signed (RFC 2385; FRR only)."),
        "hops": Field(Compare(), "how many hops away the peer may be (RFC 5082; FRR only)."),
        "role": Field(Compare("text"), "our role: provider, customer, peer and so on (RFC 9234; FRR only)."),
        "capabilities": Field(CompareSet("text"), "what the peer can do, by FRR's or BIRD's own names."),
        "policy_in": Field(Compare("text"), "the route map in FRR, the filter in BIRD, of what comes in."),
        "policy_out": Field(Compare("text"), "the same of what goes out."),
        "limit": Field(Compare(), "the most prefixes that it may send."),
        "keeps_all": Field(
            Flag(), "whether what the policy drops is kept for a look (soft reconfiguration; FRR only)."
        ),
        "present": HOW["present"],
    }
    WANTED: ClassVar = _("a BGP session with %(what)s")
    UNWANTED: ClassVar = _("no BGP session with %(what)s")
    MISSING: ClassVar = _("This neighbour is not configured.")
    FRR: ClassVar = ("bgpd", "show bgp neighbors {peer} json")
    BIRD: ClassVar = "show protocols all"

    def of_frr(self, printed: str) -> Rows:
        return bgp_rows.frr_neighbor(printed)

    def of_bird(self, lines: Sequence[str]) -> Rows:
        return bgp_rows.bird_neighbors(lines)


ROUTE_FIELDS: Mapping[str, Field] = {
    "prefix": PREFIX,
    "as_path": AS_PATH,
    "next_hop": Field(CompareSet("address"), "the next hops."),
    "med": Field(Compare(), "the metric for other networks."),
    **HOW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpAdjIn(RouterTable):
    NAME: ClassVar = "bgp.adj_in"
    ABOUT: ClassVar = (
        "The peer has sent such a route, whatever our policy made of it. FRR needs soft-reconfiguration inbound for this, and "
        "BIRD import keep filtered for what it drops."
    )
    KINDS: ClassVar = ROUTERS
    KEYS: ClassVar = ("prefix",)
    ASIDE: ClassVar = ("peer", "protocol", "family", "dropped")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "peer": PEER,
        "dropped": Field(Flag(), "true: only what our policy dropped."),
        "family": FAMILY,
        **ROUTE_FIELDS,
    }
    WANTED: ClassVar = _("from the peer a route with %(what)s")
    UNWANTED: ClassVar = _("from the peer no route with %(what)s")
    MISSING: ClassVar = NOT_SENT
    FRR: ClassVar = ("bgpd", "")
    BIRD: ClassVar = ""

    def expected(self) -> Text:
        return _with_peer(RouterTable.expected(self), self.values["peer"])

    def question(self, node: Node) -> str:
        peer, dropped = self.values["peer"], self.values.get("dropped")
        if node.kind is Kind.BIRD:
            return f"show route {'filtered ' if dropped else ''}all where from = {peer}"
        what = "filtered-routes" if dropped else "received-routes"
        return f"show bgp {self.values.get('family', 'ipv6')} unicast neighbors {peer} {what} json"

    def of_frr(self, printed: str) -> Rows:
        return bgp_rows.frr_adjacent(printed)

    def of_bird(self, lines: Sequence[str]) -> Rows:
        return bgp_rows.bird_routes(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpAdjOut(RouterTable):
    NAME: ClassVar = "bgp.adj_out"
    ABOUT: ClassVar = (
        "The router sends such a route to the peer. What really arrives there, the peer knows: ask it too."
    )
    KINDS: ClassVar = ROUTERS
    KEYS: ClassVar = ("prefix",)
    ASIDE: ClassVar = ("peer", "protocol", "family", "dropped")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "peer": PEER,
        "protocol": PROTOCOL,
        "family": FAMILY,
        **ROUTE_FIELDS,
    }
    WANTED: ClassVar = _("to the peer a route with %(what)s")
    UNWANTED: ClassVar = _("to the peer no route with %(what)s")
    MISSING: ClassVar = NOT_SENT
    FRR: ClassVar = ("bgpd", "")

    def expected(self) -> Text:
        return _with_peer(RouterTable.expected(self), self.values["peer"])

    def question(self, node: Node) -> str:
        if node.kind is Kind.BIRD:
            return f"show route all export {self.values.get('protocol', '')}"
        family = self.values.get("family", "ipv6")
        return f"show bgp {family} unicast neighbors {self.values['peer']} advertised-routes json"

    def of_frr(self, printed: str) -> Rows:
        return bgp_rows.frr_adjacent(printed)

    def of_bird(self, lines: Sequence[str]) -> Rows:
        return bgp_rows.bird_routes(lines)


def _with_peer(sentence: Text, peer: object) -> Text:
    return Text(sentence.msgid, what=Text(_("peer %(peer)s, %(what)s"), peer=peer, what=sentence.params["what"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table(RouterTable):
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
class BgpOrigination(_Table):
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
        return _Table.question(self, node)

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
class BgpTableSize(_Table):
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
        known = _Table.rows(self, node, answers)
        if not isinstance(known, list):
            return known
        mine = 4 if self.values.get("family") == "ipv4" else 6
        prefixes = {row["prefix"] for row in known if row["prefix"].version == mine}
        return [{"prefixes": len(prefixes)}]
