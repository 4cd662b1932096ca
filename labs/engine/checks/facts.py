"""What routing daemons know, in one form for all of them. The adapters (frr, bird) make these."""

from dataclasses import dataclass

from labs.engine.checks.reading import AnyAddress, AnyNetwork


@dataclass(frozen=True, slots=True)
class OspfNeighbor:
    router_id: str
    state: str  # Full, 2-Way, Init, …
    interface: str

    def __str__(self) -> str:
        return f"{self.router_id} {self.state} ({self.interface})"


@dataclass(frozen=True, slots=True)
class OspfInterface:
    name: str
    area: str
    cost: float | None
    network: str  # point-to-point, broadcast, loopback
    hello: float | None
    dead: float | None
    passive: bool


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


@dataclass(frozen=True, slots=True)
class Silent:
    """The daemon answered, but with words and no table: not configured, most often."""

    words: str
