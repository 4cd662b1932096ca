"""Check type ``bgp.neighbor``: the parameters of a BGP session."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import bgp_rows
from labs.engine.checks.base import ROUTERS
from labs.engine.checks.comparison import Compare, CompareSet
from labs.engine.checks.table_check import HOW, RouterTable, Rows
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, Flag

PEER = Field(Address("address"), "the peer's address.", required=True)


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
