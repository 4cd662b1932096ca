"""Check types ``bgp.adj_in`` and ``bgp.adj_out``: the routes that a BGP session receives and sends (Adj-RIB-In, Adj-RIB-Out)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.routing_daemon import Question, Row
from labs.engine.checks.fields import AS_PATH, BIRD_PROTOCOL, FAMILY, MED, NEXT_HOPS, PEER
from labs.engine.checks.table_check import HOW, RouterTable
from labs.engine.definition.spec import Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, Flag

ROUTE_FIELDS: Mapping[str, Field] = {
    "prefix": Field(Address("prefix"), "the prefix; any if left out."),
    "as_path": AS_PATH,
    "next_hop": NEXT_HOPS,
    "med": MED,
    **HOW,
}
NOT_SENT = _("The route is not in the sender's BGP table, or a policy drops it, or the session is not established.")


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpAdjIn(RouterTable):
    NAME: ClassVar = "bgp.adj_in"
    ABOUT: ClassVar = (
        "The peer has sent such a route, whether or not the import policy accepts it. FRR needs soft-reconfiguration inbound "
        "for this. BIRD needs import keep filtered to show the routes that it drops."
    )
    KEYS: ClassVar = ("prefix",)
    ASIDE: ClassVar = ("peer", "protocol", "family", "dropped")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "peer": PEER,
        "dropped": Field(Flag(), "true: only routes that the import policy dropped."),
        "family": FAMILY,
        **ROUTE_FIELDS,
    }
    EXPECTED: ClassVar = _("a route received from the peer with %(what)s")
    UNEXPECTED: ClassVar = _("no route received from the peer with %(what)s")
    MISSING: ClassVar = NOT_SENT

    def expected(self) -> Text:
        return _with_peer(RouterTable.expected(self), self.values["peer"])

    def question(self, node: Node) -> Question[list[Row]]:
        family, dropped = self.values.get("family", "ipv6"), self.values.get("dropped") is True
        return daemon_of(node).bgp_received(self.values["peer"], family, dropped=dropped)


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpAdjOut(RouterTable):
    NAME: ClassVar = "bgp.adj_out"
    ABOUT: ClassVar = (
        "The router sends such a route to the peer. To prove that the route arrives, check the peer's table as well."
    )
    KEYS: ClassVar = ("prefix",)
    ASIDE: ClassVar = ("peer", "protocol", "family", "dropped")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "peer": PEER,
        "protocol": Field(BIRD_PROTOCOL, "the name of the protocol in BIRD."),
        "family": FAMILY,
        **ROUTE_FIELDS,
    }
    EXPECTED: ClassVar = _("a route sent to the peer with %(what)s")
    UNEXPECTED: ClassVar = _("no route sent to the peer with %(what)s")
    MISSING: ClassVar = NOT_SENT

    def expected(self) -> Text:
        return _with_peer(RouterTable.expected(self), self.values["peer"])

    def question(self, node: Node) -> Question[list[Row]]:
        family, protocol = self.values.get("family", "ipv6"), self.values.get("protocol", "")
        return daemon_of(node).bgp_advertised(self.values["peer"], family, protocol)


def _with_peer(sentence: Text, peer: object) -> Text:
    return Text(sentence.msgid, what=Text(_("peer %(peer)s, %(what)s"), peer=peer, what=sentence.params["what"]))
