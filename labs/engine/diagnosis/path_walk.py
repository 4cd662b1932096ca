"""Follows packets from a node to an address through the routing tables of each node, and explains why they do not arrive."""

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from labs.engine.adapters import untrusted
from labs.engine.adapters.node_state import Network, Port, Seen, Way
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.diagnosis.causes import Cause, cause
from labs.engine.diagnosis.links_and_addresses import carries, down, in_other_prefix, is_link_read, lost, taken

MOST_HOPS = 12
LINK_LOCAL = ipaddress.ip_network("fe80::/10")
# The fields of a policy rule, as ip prints it, that looks at the destination alone
BY_DESTINATION = {"priority", "src", "dst", "dstlen", "action", "protocol"}
type WhyNoRoute = Callable[[Network, Seen, AnyAddress], Iterable[Cause]]


@dataclass(frozen=True, slots=True)
class Hop:
    """A node on the path, and the ports on which packets arrive and leave."""

    seen: Seen
    came_in: Port | None
    goes_out: Port | None


@dataclass(frozen=True, slots=True)
class Walk:
    hops: tuple[Hop, ...]
    causes: tuple[Cause, ...]  # why packets do not arrive


def walk(network: Network, seen: Seen, to: AnyAddress, at: str | None, why_no_route: WhyNoRoute) -> Walk:
    hops: list[Hop] = []
    came_in: Port | None = None
    for _turn in range(MOST_HOPS):
        if seen.port_of(to):
            hops.append(Hop(seen, came_in, None))
            if at and at != seen.node.name and at in network.nodes:
                name = seen.node.name
                return Walk(tuple(hops), (cause("address-taken", "ip addr", name, node=name, a=to, other=at),))
            return Walk(tuple(hops), ())
        way = seen.way_to(to)
        port = seen.ports.get(way.dev) if way else None
        hops.append(Hop(seen, came_in, port))
        if any(hop.seen is seen for hop in hops[:-1]):
            name = seen.node.name
            return Walk(tuple(hops), (cause("route-loop", f"ip route get {to}", name, node=name, a=to),))
        if found := list(_stops(network, hops, seen, way, port, to, why_no_route)):
            return Walk(tuple(hops), tuple(found))
        onwards = _next(network, seen, way, port, to) if way and port else None
        if onwards is None:
            return Walk(tuple(hops), ())
        seen, came_in = onwards
    return Walk(tuple(hops), ())


def _stops(
    network: Network,
    hops: Sequence[Hop],
    seen: Seen,
    way: Way | None,
    port: Port | None,
    to: AnyAddress,
    why_no_route: WhyNoRoute,
) -> Iterator[Cause]:
    name = seen.node.name
    get = f"ip -{to.version} route get {to}"
    if len(hops) > 1 and seen.forwards(to.version) is False:
        key = "net.ipv6.conf.all.forwarding" if to.version == 6 else "net.ipv4.ip_forward"
        yield cause("forwarding", f"sysctl {key}", name, node=name)
    for rule in seen.rules:
        if _is_dropped(rule, to):
            yield cause("rule-drops", f"ip -{to.version} rule", name, node=name, a=to)
    if seen.lacks_way(to):
        for own in seen.ports.values():
            yield from _own_end(network, seen, own, to)
        for own in seen.ports.values():
            yield from _no_router(network, seen, own, to)
        yield from why_no_route(network, seen, to)
        yield cause("route-missing", get, name, node=name, a=to)
        return
    if way and way.drops:
        yield from why_no_route(network, seen, to)
        yield cause("route-drops", get, name, node=name, a=to, b=way.drops)
    if way is None or port is None:
        return
    beside = network.on_link(name, port.name)
    if len(beside) == 1:
        yield from carries(network, seen, port, *beside[0])
    else:
        yield from down(seen, port)
    hop = way.via or to
    # It may be on a bridge that the port belongs to, or on the interface of VRRP.
    owner = next((other for other, at in beside if _has(network, other, at, hop)), None)
    if owner is None and beside and not (hop.version == 6 and hop in LINK_LOCAL):
        for other, _at in beside:
            yield from (each for each in lost(network, other, hop))
        if is_link_read(network, seen, port):
            yield from in_other_prefix(network, seen, port, hop)
            yield cause("route-hop", get, name, node=name, a=to, b=hop)
    if owner and seen.fixed.get(hop):
        mac = next((at.mac for _other, at in beside if any(held.ip == hop for held in at.held)), "")
        if mac and mac != seen.fixed[hop]:
            yield cause("neighbour-wrong", f"ip neigh show {hop}", name, node=name, a=hop)


def _has(network: Network, other: Seen, at: Port, hop: AnyAddress) -> bool:
    """Whether a node takes packets for this address at a port: it has it there, on its bridge, or on a port without a cable."""
    port = other.port_of(hop)
    cabled = {end.name for end in network.lab.interfaces(other.node.name)}
    return port is not None and (port.name in (at.name, at.master) or port.name not in cabled)


def _own_end(network: Network, seen: Seen, port: Port, to: AnyAddress) -> Iterator[Cause]:
    """A port that is down, or has IPv6 disabled, loses its routes."""
    if not any(end.name == port.name for end in network.lab.interfaces(seen.node.name)):
        return
    yield from down(seen, port)
    if to.version == 6:
        yield from taken(network, seen, port)


def _no_router(network: Network, seen: Seen, port: Port, to: AnyAddress) -> Iterator[Cause]:
    """The router that advertised the prefix is not a default router: its lifetime is 0 (RFC 4861, 6.3.4)."""
    if to.version != 6 or not any(held.dynamic for held in port.held):
        return
    for other, at in network.on_link(seen.node.name, port.name):
        if other.config.after("ipv6 nd ra-lifetime", f"interface {at.name}") == "0":
            command = f"rdisc6 {port.name}"
            yield cause("ra-lifetime", command, seen.node.name, node=seen.node.name, other=other.node.name)


def _is_dropped(rule: dict[str, object] | object, to: AnyAddress) -> bool:
    fields = untrusted.fields(rule)
    if untrusted.text(fields.get("action")) not in ("blackhole", "unreachable", "prohibit"):
        return False
    # Whether packets have the mark, the source or the port of such a rule is not known.
    if fields.get("src") not in (None, "all") or not fields.keys() <= BY_DESTINATION:
        return False
    of, length = untrusted.address(fields.get("dst")), untrusted.whole(fields.get("dstlen"))
    if of is None:
        return fields.get("dst") in (None, "all")
    network = untrusted.network(f"{of}/{of.max_prefixlen if length is None else length}")
    return network is not None and network.version == to.version and to in network


def _next(network: Network, seen: Seen, way: Way, port: Port, to: AnyAddress) -> tuple[Seen, Port] | None:
    hop = way.via or to
    beside = network.on_link(seen.node.name, port.name)
    on_port = ((other, at) for other, at in beside if any(held.ip == hop for held in at.held))
    return next(on_port, None) or next(((other, at) for other, at in beside if _has(network, other, at, hop)), None)


def source_of(there: Walk, to: AnyAddress) -> AnyAddress | None:
    """The source address that the kernel selects: of the outgoing port, otherwise of any port of the node."""
    origin = there.hops[0]
    ports = [port for port in (origin.goes_out, *origin.seen.ports.values()) if port]
    held = (
        one.ip
        for port in ports
        for one in port.held
        if one.ip.version == to.version and not one.link_local and one.usable
    )
    return next((ip for ip in held if not ip.is_loopback), None)
