"""Tells to which routing protocol a daemon, a protocol of BIRD or an adjacency belongs, and which packets that protocol sends."""

from collections.abc import Collection, Iterator, Set

from labs.engine.adapters import untrusted
from labs.engine.adapters.config_blocks import bird_protocol_name
from labs.engine.cpu_budget import step
from labs.engine.diagnosis import service_programs
from labs.engine.diagnosis.items import Item, Kind, Networks
from labs.engine.diagnosis.packet_filters import Packet
from labs.engine.state import routing
from labs.engine.state.facts import BETWEEN, Difference, Section

PROTOCOL_OF_DAEMON = {
    "ospf6d": "ospf6",
    "ospfd": "ospf",
    "isisd": "isis",
    "babeld": "babel",
    "ripd": "rip",
    "ripngd": "ripng",
    "bgpd": "bgp",
}
IGP = frozenset({"ospf6", "ospf", "isis", "babel", "rip", "ripng"})  # all but BGP
BIRD_KINDS = ("bgp", "ospf", "babel", "rip")  # the kinds of BIRD's protocols that are routing protocols
BRINGS_ONLY = {"ospf": 4, "ospf6": 6, "rip": 4, "ripng": 6}  # the version of IP whose routes a protocol of FRR brings
UDP = 17
SENDS = {
    "ospf": Packet(protocol=89, state="new"),
    "ospf6": Packet(protocol=89, state="new"),
    "babel": Packet(protocol=UDP, port=6696, state="new"),
    "rip": Packet(protocol=UDP, port=520, state="new"),
    "ripng": Packet(protocol=UDP, port=521, state="new"),
}
WITHOUT_IP = "isis"  # no packet filter sees it


def may_bring(protocol: str, version: int) -> bool:
    """Whether an interior routing protocol of FRR may bring routes of this version of IP."""
    return protocol not in ("", "bgp") and BRINGS_ONLY.get(protocol, version) == version


def of_port(search: Networks, node: str, port: str) -> frozenset[str]:
    """The protocols that have an adjacency on this port in the solved network. Of BIRD, “ospf” is either version."""
    return frozenset(key.split(" ")[0] for key in search.adjacencies(search.model, node, port)) or search.igp


def packet(search: Networks, item: Item) -> Packet:
    """The packets of the adjacencies on this port; without a protocol number if there are several protocols, or none is known."""
    every = {SENDS[one] for one in of_port(search, item.node, item.at) if one in SENDS}
    return every.pop() if len(every) == 1 else Packet(state="new")


def sends_ip(search: Networks, item: Item) -> bool:
    return of_port(search, item.node, item.at) != {WITHOUT_IP}


def of_route(search: Networks, node: str, to: str) -> frozenset[str]:
    """The protocols by which packets to this address find their way in the solved network; empty: not known."""
    address = untrusted.address(to)
    hops = routing.walk(search.lab, search.model, node, address) if address else []
    found = {hop.route.protocol for hop in hops if hop.route} & {"ospf", "isis", "babel", "rip", "bgp"}
    version = "6" if address and address.version == 6 else ""
    named = {"ospf": f"ospf{version}", "rip": "ripng" if version else "rip"}
    return frozenset(named.get(one, one) for one in found)


def is_of_another(search: Networks, one: Difference, protocols: Set[str], peers: Collection[str] = ()) -> bool:
    """Whether a daemon or a protocol of BIRD that does not run is certainly of no protocol among these. PEERS: of a session."""
    own = PROTOCOL_OF_DAEMON.get(service_programs.name_of(one.key))
    if own is not None:
        return bool(protocols) and own not in protocols
    for head, lines in _blocks(search, one.node):
        kind = head.split()[1] if bird_protocol_name(head) == one.key else ""
        if kind in BIRD_KINDS:
            return not _is_among(kind, protocols) or (kind == "bgp" and _is_of_other_peer(lines, peers))
    return False


def _is_among(kind: str, protocols: Set[str]) -> bool:
    """Whether a kind of BIRD's protocols, which is for either version of IP, is among these."""
    return not protocols or bool(
        protocols & {kind, *({"ospf6"} if kind == "ospf" else {"ripng"} if kind == "rip" else {})}
    )


def _is_of_other_peer(lines: list[str], peers: Collection[str]) -> bool:
    named = [line.split()[1].partition("%")[0] for line in lines if line.startswith("neighbor ")]
    known = [one for one in named if untrusted.address(one) is not None]
    return bool(peers and known) and not set(known) & set(peers)


def _blocks(search: Networks, node: str) -> Iterator[tuple[str, list[str]]]:
    """The blocks of BIRD's protocols in either network, each with its lines."""
    for state in search.both:
        for block, text in state.get(node, {}).get(Section.CONFIG, {}).items():
            step()
            if block.startswith("protocol ") and BETWEEN not in block:
                yield block, text.split("\n")


CARRIES: dict[Kind, Packet] = {
    Kind.SESSION: Packet(protocol=6, port=179, state="new"),
    Kind.ADVERTISEMENTS: Packet(protocol=58, kind=134, state="untracked"),
    Kind.RPKI: Packet(protocol=6, state="new"),
}


def carried(search: Networks, item: Item, otherwise: Packet) -> Packet:
    """The packets that an item needs, instead of those that the check sends."""
    return packet(search, item) if item.kind is Kind.ADJACENCY else CARRIES.get(item.kind, otherwise)


def has_own_packets(item: Item) -> bool:
    return item.kind in CARRIES or item.kind is Kind.ADJACENCY
