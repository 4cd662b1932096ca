"""The two networks that a search compares, and their items: each of them works or does not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from labs.engine.adapters import untrusted
from labs.engine.adapters.node_state import Network
from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork
from labs.engine.cpu_budget import step
from labs.engine.definition import solution
from labs.engine.definition.spec import Lab
from labs.engine.diagnosis.packet_filters import Packet
from labs.engine.state import statements
from labs.engine.state.facts import Difference, Section, State, differences

IGP = ("ospf", "isis", "babel", "rip")
LEARNED = (*IGP, "bgp", "bird", "ra", "dhcp")  # the protocols of routes that nobody entered


class Kind(StrEnum):
    LINK = "link"  # at: the port
    FORWARDING = "forwarding"  # at: 4 or 6
    FILTER = "filter"
    REVERSE_PATH = "reverse path"  # at: the port on which IPv4 packets arrive
    ADDRESS = "address"  # at: the address
    PATH = "path"  # at: the destination
    ROUTE = "route"  # at: the destination
    IGP_ROUTE = "igp route"  # at: the destination
    ADJACENCY = "adjacency"  # at: the port
    SESSION = "session"  # at: the neighbour
    BGP_ROUTE = "bgp route"  # at: the prefix
    ADVERTISEMENTS = "advertisements"  # at: the port
    LEASE = "lease"  # at: the port on which a DHCP client asks; empty: any port
    RPKI = "rpki"
    SERVICE = "service"  # the programs of the node to which the check connects


@dataclass(frozen=True, slots=True)
class Item:
    """Something that works or not."""

    kind: Kind
    node: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """The packets of a path: the nodes that send and receive, the addresses that may be the source, and the destination."""

    sender: str
    receiver: str
    sources: tuple[AnyAddress, ...]
    to: AnyAddress

    @property
    def ends(self) -> frozenset[str]:
        return frozenset({self.sender, self.receiver})


@dataclass(slots=True)
class Networks:
    """The live network and the solved one. ``packet``: what must pass, as far as it is known."""

    lab: Lab
    network: Network
    live: State
    model: State
    packet: Packet = field(default_factory=Packet)
    unwanted: bool = False  # the check fails because of something that should not be there
    needs_rules: bool = False  # the check needs rules that drop something, so each difference of a packet filter counts
    version: int | None = None  # of IP, that the path or the protocol needs that is searched; None: either
    igp: frozenset[str] = frozenset()  # the protocol of the check, where it is one without recorded adjacencies
    flow: Flow | None = None  # of the path that is searched; None: not known
    sources: Mapping[Item, AnyAddress] = field(default_factory=dict)  # of a path: the address that the check sends from

    @property
    def both(self) -> tuple[State, State]:
        return self.live, self.model

    def is_by_hand(self, node: str, prefix: AnyNetwork) -> bool:
        """Whether the lab or its solution enters a route to this prefix on this node. Otherwise a program does it."""
        whole = self.lab.nodes[node]
        typed = [*whole.start, *solution.typed(self.lab).get(node, ())]
        words = {word for line in typed if "route" in line for word in line.replace("'", " ").split()}
        step(len(words))
        named = {found for word in words if (found := untrusted.network(word)) is not None}
        return prefix in named or (prefix.prefixlen == 0 and "default" in words)

    def started(self, node: str) -> str:
        """The lines that the lab or its solution types on this node, and their files, as one text."""
        whole = self.lab.nodes[node]
        files = [file.content.decode(errors="replace") for file in whole.files]
        found = "\n".join([*whole.start, *solution.typed(self.lab).get(node, ()), *files])
        step(len(found) // 100)
        return found

    def adjacencies(self, state: State, node: str, port: str) -> dict[str, str]:
        every = state.get(node, {}).get(Section.ADJACENCIES, {})
        return {key: value for key, value in every.items() if key.split(" ")[-1] == port}

    def config(self, node: str, chooses: statements.Chooses) -> list[Difference]:
        return statements.concerning(self.live, self.model, node, chooses)

    def differing(self, node: str, section: Section, *keys: str) -> Iterator[Difference]:
        for one in differences(self.live, self.model, node, section):
            if one.key in keys:
                yield one
