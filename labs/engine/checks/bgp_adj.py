"""Check types ``bgp.adj_in`` and ``bgp.adj_out``: the routes that a BGP session receives and sends (Adj-RIB-In, Adj-RIB-Out)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import bgp_rows
from labs.engine.checks.base import ROUTERS
from labs.engine.checks.bgp_neighbor import PEER
from labs.engine.checks.comparison import Compare, CompareSet
from labs.engine.checks.fields import FAMILY
from labs.engine.checks.table_check import HOW, RouterTable, Rows
from labs.engine.definition.spec import Kind, Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, Flag, Word

PREFIX = Field(Address("prefix"), "the prefix; any if left out.")


AS_PATH = Field(Compare("text"), 'the AS numbers with spaces between, for example "65002 65003".')


PROTOCOL = Field(
    Word("a protocol's name in BIRD", r"[A-Za-z_][A-Za-z0-9_]{0,60}", 61), "the name of the protocol in BIRD."
)


NOT_SENT = _("The route is not in the sender's table, or a policy stops it, or the session is not up.")


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
