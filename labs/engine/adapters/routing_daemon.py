"""The questions that a routing daemon can answer. FRR and BIRD implement them, each with its own commands and its own parser."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters.routing_state import (
    BgpPeerState,
    BgpRoute,
    BgpSession,
    ConfiguredProtocols,
    OspfInterface,
    OspfNeighbor,
    OspfRoute,
    RpkiCache,
    RpkiVrp,
    Silent,
)
from labs.engine.adapters.untrusted import AnyNetwork

type Ask = dict[str, Any]
type Answer = Mapping[str, Any]
type Row = dict[str, Any]
type Rows = list[Row] | Silent
type BgpPath = tuple[AnyNetwork, tuple[str, ...]]  # prefix and AS path


@dataclass(frozen=True, slots=True)
class Question[T]:
    """One question to a routing daemon.

    ``ask`` is what the supervisor gets, ``command`` is what a learner can paste into the shell of the node to see the same, and
    ``read`` gives the answer in the form that is the same for all daemons. ``read`` does not raise.
    """

    ask: Ask
    command: str
    read: Callable[[Answer], T | Silent]


class RoutingDaemon(ABC):
    """The routing daemon of one node. ``protocol`` is always the name of a protocol in BIRD's configuration; FRR ignores it.

    ``vrf`` is the VRF about which FRR is asked, in its questions about BGP and OSPF; BIRD ignores it.
    """

    # FRR marks each BGP route with its validation state. BIRD does not: its filters look in a table of ROAs.
    MARKS_VALIDATION: ClassVar[bool]

    def __init__(self, node: str, vrf: str = "") -> None:
        self.node, self.vrf = node, vrf

    @abstractmethod
    def output(self, command: str, daemon: str = "") -> Question[str]:
        """The output of a command as it is; ``daemon`` is the daemon of FRR that answers."""

    @abstractmethod
    def router_id(self, of: str) -> Question[str]:
        """The router ID, or ""; ``of`` is ospf6, ospf or bgp."""

    @abstractmethod
    def running_configs(self, daemons: Sequence[str]) -> list[Question[str]]:
        """The parts of the configuration that runs. BIRD's is a file of its node, so nothing is asked."""

    @abstractmethod
    def configurations(self, daemons: Sequence[str]) -> list[Question[str]]:
        """The parts of the configuration that the daemon has: FRR's that runs, and BIRD's file."""

    @abstractmethod
    def configured_protocols(self, daemons: Sequence[str]) -> list[Question[ConfiguredProtocols]]:
        """BGP sessions and OSPF interfaces that are configured, each question about a part of them."""

    @abstractmethod
    def protocol_kinds(self, answer: Answer) -> set[str]:
        """From an answer to ``configured_protocols``: the kinds of protocols in it. FRR's are its daemons, so it names none."""

    # OSPF, BFD and Babel

    @abstractmethod
    def ospf3_neighbors(self, protocol: str = "") -> Question[list[OspfNeighbor]]: ...

    @abstractmethod
    def ospf3_interfaces(self, protocol: str = "", interface: str = "") -> Question[list[OspfInterface]]:
        """All interfaces; ``interface`` is only the one that the command shows."""

    @abstractmethod
    def ospf3_routes(self, prefix: AnyNetwork, protocol: str = "") -> Question[list[OspfRoute]]: ...

    @abstractmethod
    def ospf3_lsdb(self, protocol: str = "") -> Question[list[Row]]: ...

    @abstractmethod
    def ospf2_neighbors(self, protocol: str = "") -> Question[list[Row]]: ...

    @abstractmethod
    def ospf2_interfaces(self, protocol: str = "") -> Question[list[Row]]: ...

    @abstractmethod
    def ospf2_routes(self, prefix: AnyNetwork) -> Question[list[Row]]: ...

    @abstractmethod
    def ospf2_lsdb(self, protocol: str = "") -> Question[list[Row]]: ...

    @abstractmethod
    def bfd_sessions(self) -> Question[list[Row]]: ...

    @abstractmethod
    def babel_neighbors(self) -> Question[list[Row]]: ...

    @abstractmethod
    def babel_routes(self) -> Question[list[Row]]: ...

    @abstractmethod
    def rip_routes(self, prefix: AnyNetwork) -> Question[list[Row]]:
        """The routes that RIP has learned, or RIPng for a prefix of IPv6."""

    @abstractmethod
    def rip_neighbors(self, family: str) -> Question[list[Row]]: ...

    # BGP

    @abstractmethod
    def bgp_sessions(self, family: str) -> Question[list[BgpSession]]: ...

    @abstractmethod
    def bgp_neighbors(self, peer: object) -> Question[list[Row]]:
        """The parameters of the session with this peer; BIRD gives those of all sessions."""

    @abstractmethod
    def bgp_peer_state(self, peer: object) -> Question[BgpPeerState]:
        """The state of the session with this peer, and why the last one ended."""

    @abstractmethod
    def bgp_routes(self, prefix: AnyNetwork, *, preference: bool = False) -> Question[list[BgpRoute]]:
        """``preference``: the LOCAL_PREF matters, so FRR is asked for its default too."""

    @abstractmethod
    def bgp_as_paths(self, prefix: AnyNetwork) -> Question[list[tuple[str, ...]]]:
        """The AS path of each route to the prefix; the path of a route that the router itself originates is empty."""

    @abstractmethod
    def inaccessible_next_hops(self, answer: Answer) -> list[str]:
        """From the answer to ``bgp_as_paths``: next hops without a route, if that is why no path is best. BIRD does not say."""

    @abstractmethod
    def bgp_paths(self, family: str, from_as: int | None = None) -> Question[list[BgpPath]]:
        """All learned paths. BIRD selects those of the neighbouring AS itself; FRR sends the whole table."""

    @abstractmethod
    def bgp_received(
        self, peer: object, family: str, *, dropped: bool, communities: bool = False
    ) -> Question[list[Row]]:
        """The routes that the peer sent; with ``dropped`` those that the import policy drops. FRR must be asked for communities."""

    @abstractmethod
    def bgp_advertised(
        self, peer: object, family: str, protocol: str = "", *, communities: bool = False
    ) -> Question[list[Row]]: ...

    @abstractmethod
    def bgp_table(self, family: str) -> Question[list[Row]]: ...

    @abstractmethod
    def bgp_originated(self, family: str, protocol: str = "") -> Question[list[Row]]: ...

    @abstractmethod
    def bgp_aggregates(self, prefix: AnyNetwork) -> Question[list[Row]]: ...

    # RPKI

    @abstractmethod
    def rpki_caches(self) -> Question[list[RpkiCache]]: ...

    @abstractmethod
    def rpki_connection(self) -> Question[list[RpkiCache]] | None:
        """``rpki_caches`` for a diagnosis; None if the daemon does not say why it has no connection."""

    @abstractmethod
    def vrps(self, prefix: AnyNetwork, table: str) -> Question[list[RpkiVrp]]:
        """The validated ROA payloads; ``table`` is the name of BIRD's table."""

    @abstractmethod
    def all_vrps(self) -> Question[list[RpkiVrp]] | None:
        """All validated ROA payloads; None if the daemon needs the name of a table."""

    @abstractmethod
    def validation_states(self, prefix: AnyNetwork, origin_as: int, table: str) -> Question[set[str]]:
        """The states of the routes with this prefix and origin: valid, invalid, not found; "" for a route without a state."""

    @abstractmethod
    def route_states(self, prefix: AnyNetwork, origin_as: int, table: str) -> Question[set[str]]:
        """The same, but only of routes that are in the BGP table: a policy may have dropped them. BIRD says "there"."""

    # Commands that show a learner what a diagnosis has found

    @abstractmethod
    def show_config(self) -> str: ...

    @abstractmethod
    def show_config_text(self) -> str:
        """The same as it is written, line by line."""

    @abstractmethod
    def show_ospf2_interface(self, name: str) -> str: ...

    @abstractmethod
    def show_ospf3_interface(self, name: str = "") -> str: ...

    @abstractmethod
    def show_bgp_summary(self) -> str: ...

    @abstractmethod
    def show_bgp_peers(self) -> str: ...

    @abstractmethod
    def show_bgp_peer(self, peer: object) -> str: ...

    @abstractmethod
    def show_bgp_route(self, prefix: AnyNetwork) -> str: ...

    @abstractmethod
    def show_bgp_sent(self, peer: object, version: int, protocol: str) -> str: ...

    @abstractmethod
    def show_bgp_received(self, peer: object, version: int, protocol: str) -> str: ...

    @abstractmethod
    def show_bgp_accepted(self, peer: object, version: int, protocol: str) -> str: ...

    @abstractmethod
    def show_rpki_caches(self) -> str: ...

    @abstractmethod
    def show_rpki_table(self) -> str: ...
