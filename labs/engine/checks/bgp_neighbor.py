"""Check type ``bgp.neighbor``: the parameters of a BGP session."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.routing_daemon import Question, Row
from labs.engine.checks.comparison import Compare, CompareSet
from labs.engine.checks.fields import PEER, VRF
from labs.engine.checks.table_check import HOW, RouterTable
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpNeighbor(RouterTable):
    """A BGP session. What FRR and BIRD name differently is one field here. A field that only FRR has is empty for BIRD."""

    NAME: ClassVar = "bgp.neighbor"
    ABOUT: ClassVar = "The session with this peer has these parameters: timers, password, hops, role, policies, limits."
    KEYS: ClassVar = ("peer",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "peer": PEER,
        "state": Field(Compare("text"), "its state, such as Established."),
        "remote_as": Field(Compare(), "the peer's AS number."),
        "hold": Field(Compare(), "the negotiated hold time, in seconds."),
        "keepalive": Field(Compare(), "the keepalive interval, in seconds."),
        "password": Field(Flag(), "whether TCP segments are signed (RFC 2385; FRR only)."),
        "hops": Field(Compare(), "how many hops away the peer may be (RFC 5082; FRR only)."),
        "role": Field(Compare("text"), "the local role: provider, customer, peer and so on (RFC 9234; FRR only)."),
        "families": Field(
            CompareSet("text"),
            "the address families that are activated: ipv6, ipv4, evpn; {exact: [ipv6]} for only one.",
        ),
        "capabilities": Field(CompareSet("text"), "the peer's capabilities, by the names that FRR or BIRD uses."),
        "policy_in": Field(Compare("text"), "the import policy: a route-map in FRR, a filter in BIRD."),
        "policy_out": Field(Compare("text"), "the export policy."),
        "limit": Field(Compare(), "the maximum number of prefixes that the peer may send."),
        "keeps_all": Field(
            Flag(), "whether routes that the import policy drops are kept (soft-reconfiguration inbound; FRR only)."
        ),
        "vrf": VRF,
        "present": HOW["present"],
    }
    EXPECTED: ClassVar = _("a BGP session with %(what)s")
    UNEXPECTED: ClassVar = _("no BGP session with %(what)s")
    MISSING: ClassVar = _("This neighbour is not configured.")

    def question(self, node: Node) -> Question[list[Row]]:
        return daemon_of(node, self.vrf_name()).bgp_neighbors(self.values["peer"])
