"""The knowledge of routing daemons, in one form for all of them. The parsers (``frr``, ``bird``) make these."""

from dataclasses import dataclass, field

from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork

SPELLED = {"twoway": "2-Way", "exchange": "Exchange"}  # by ospf6d: Twoway, ExChange


def ospf_state(told: str) -> str:
    """Return the state of an OSPF neighbour as RFC 2328 spells it (section 10.1), whichever daemon told it."""
    return SPELLED.get(told.lower(), told)


@dataclass(frozen=True, slots=True)
class OspfNeighbor:
    router_id: str
    state: str  # as ospf_state returns it: Full, 2-Way, Init, …
    interface: str
    role: str = ""  # DR, BDR or DROther; empty on a point-to-point link

    def __str__(self) -> str:
        role = f"/{self.role}" if self.role else ""
        return f"{self.router_id} {self.state}{role} ({self.interface})"


@dataclass(frozen=True, slots=True)
class OspfInterface:
    name: str
    area: str
    cost: float | None
    network: str  # point-to-point, broadcast, loopback
    hello: float | None
    dead: float | None
    passive: bool
    role: str = ""  # its own: DR, BDR or DROther; empty on a point-to-point link
    priority: float | None = None
    dr: str = ""  # router IDs
    bdr: str = ""

    @property
    def settings(self) -> dict[str, str | float | bool | None]:
        """The settings that a check can compare, by the names of its fields."""
        return {
            "area": self.area,
            "cost": self.cost,
            "type": self.network,
            "hello": self.hello,
            "dead": self.dead,
            "passive": self.passive,
            "role": self.role,
            "priority": self.priority,
            "dr": self.dr,
            "bdr": self.bdr,
        }


@dataclass(frozen=True, slots=True)
class OspfRoute:
    prefix: AnyNetwork
    kind: str  # intra, inter, external1, external2
    cost: float | None
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BgpSession:
    peer: AnyAddress
    state: str
    remote_as: float | None
    received: float | None  # prefixes
    sent: float | None


OVER_LIMIT = ("Maximum Number of Prefixes", "Route limit exceeded")  # what FRR and BIRD say of it


@dataclass(frozen=True, slots=True)
class BgpPeerState:
    """The state of a session by RFC 4271, and what ended the one before; "" where the daemon does not say."""

    state: str
    ended_by: str
    over_limit: bool  # the answer names the maximum number of prefixes, perhaps of an earlier session


@dataclass(slots=True)
class ConfiguredProtocols:
    """The protocols that a daemon is configured for, and their state. Each answer fills a part; the parts of a node are added."""

    peers: dict[str, bool] = field(default_factory=dict)  # BGP neighbours, as the daemon writes them
    ospf: dict[tuple[str, str], bool] = field(
        default_factory=dict
    )  # (version, interface): a neighbour is Full or 2-Way
    waiting: set[str] = field(default_factory=set)  # OSPF interfaces that wait for the election

    def add(self, other: "ConfiguredProtocols") -> None:
        self.peers |= other.peers
        self.waiting |= other.waiting
        for key, is_up in other.ospf.items():
            self.ospf[key] = self.ospf.get(key, False) or is_up


@dataclass(frozen=True, slots=True)
class BgpRoute:
    prefix: AnyNetwork
    best: bool
    as_path: tuple[str, ...]
    next_hops: tuple[AnyAddress, ...]
    local_pref: float | None
    med: float | None
    communities: tuple[str, ...]
    large_communities: tuple[str, ...]
    rpki: str = ""  # valid, invalid or not found (RFC 6811); empty if the router does not validate
    extended_communities: tuple[str, ...] = ()
    peer: AnyAddress | None = None  # the neighbour that sent it; None for a route of the router's own
    weight: float | None = None  # FRR has it; BIRD does not
    originator: AnyAddress | None = None  # ORIGINATOR_ID (RFC 4456)
    cluster_list: tuple[AnyAddress, ...] = ()
    valid: bool = True  # its next hop can be reached


THERE = "there"  # the state of a route that is in the table, where its validation state is not known


@dataclass(frozen=True, slots=True)
class RpkiCache:
    address: AnyAddress
    port: float | None
    connected: bool

    def __str__(self) -> str:
        return f"{self.address} ({'connected' if self.connected else 'not connected'})"


@dataclass(frozen=True, slots=True)
class RpkiVrp:
    """A validated ROA payload: the AS may originate the prefix, up to the maximum length."""

    prefix: AnyNetwork
    origin_as: float | None
    max_length: float | None

    def __str__(self) -> str:
        numbers = [f"{number:g}" if number is not None else "?" for number in (self.max_length, self.origin_as)]
        return f"{self.prefix} max {numbers[0]} AS{numbers[1]}"


@dataclass(frozen=True, slots=True)
class Silent:
    """The daemon answered with words instead of a table. Most often the protocol is not configured."""

    words: str
