"""Check types ``bgp.adj_in`` and ``bgp.adj_out``: the routes that a BGP session receives and sends (Adj-RIB-In, Adj-RIB-Out)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.routing_daemon import Question, Row
from labs.engine.checks.families import contradictions, family_like, family_of
from labs.engine.checks.fields import AS_PATH, BIRD_PROTOCOL, COMMUNITIES, MED, NEXT_HOPS, PEER
from labs.engine.checks.table_check import HOW, RouterTable
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, Flag

ROUTE_FIELDS: Mapping[str, Field] = {
    "prefix": Field(Address("prefix"), "the prefix; any if left out."),
    "as_path": AS_PATH,
    "next_hop": NEXT_HOPS,
    "med": MED,
    **COMMUNITIES,
    **HOW,
}
NOT_SENT = _("The route is not in the sender's BGP table, or a policy drops it, or the session is not established.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjacentRoutes(RouterTable):
    KEYS: ClassVar = ("prefix",)
    ASIDE: ClassVar = ("peer", "protocol", "family", "dropped")

    def mistakes(self) -> Iterable[str]:
        return contradictions(self.values.get("family"), {"prefix": self.values.get("prefix")})

    def family(self) -> str:
        return self.values.get("family") or family_of(self.values.get("prefix"), self.values["peer"])

    def communities(self) -> bool:
        """Whether communities are expected."""
        return any(name in self.values for name in COMMUNITIES)

    def expected(self) -> Text:
        sentence = RouterTable.expected(self)
        what = Text(_("peer %(peer)s, %(what)s"), peer=self.values["peer"], what=sentence.params["what"])
        return Text(sentence.msgid, what=what)


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpAdjIn(AdjacentRoutes):
    NAME: ClassVar = "bgp.adj_in"
    ABOUT: ClassVar = (
        "The peer has sent such a route, whether or not the import policy accepts it. FRR needs soft-reconfiguration inbound "
        "for this. BIRD needs import keep filtered to show the routes that it drops."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "peer": PEER,
        "dropped": Field(Flag(), "true: only routes that the import policy dropped."),
        "family": family_like("prefix, or of the peer's address"),
        **ROUTE_FIELDS,
    }
    EXPECTED: ClassVar = _("a route received from the peer with %(what)s")
    UNEXPECTED: ClassVar = _("no route received from the peer with %(what)s")
    MISSING: ClassVar = NOT_SENT

    def question(self, node: Node) -> Question[list[Row]]:
        dropped = self.values.get("dropped") is True
        return daemon_of(node).bgp_received(
            self.values["peer"], self.family(), dropped=dropped, communities=self.communities()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpAdjOut(AdjacentRoutes):
    NAME: ClassVar = "bgp.adj_out"
    ABOUT: ClassVar = (
        "The router sends such a route to the peer. To prove that the route arrives, check the peer's table as well."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "peer": PEER,
        "protocol": Field(BIRD_PROTOCOL, "the name of the protocol in BIRD."),
        "family": family_like("prefix, or of the peer's address"),
        **ROUTE_FIELDS,
    }
    EXPECTED: ClassVar = _("a route sent to the peer with %(what)s")
    UNEXPECTED: ClassVar = _("no route sent to the peer with %(what)s")
    MISSING: ClassVar = NOT_SENT

    def question(self, node: Node) -> Question[list[Row]]:
        return daemon_of(node).bgp_advertised(
            self.values["peer"], self.family(), self.values.get("protocol", ""), communities=self.communities()
        )
