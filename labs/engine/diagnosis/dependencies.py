"""The dependencies of each item in the solved network: the items that it needs to work, the nearest first."""

import re
from collections.abc import Callable, Iterator, Sequence

from labs.engine.adapters import untrusted
from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork
from labs.engine.cpu_budget import step
from labs.engine.diagnosis import routing_protocols
from labs.engine.diagnosis.items import IGP, Item, Kind, Networks
from labs.engine.state import routing, statements
from labs.engine.state.facts import Section

TCP, UDP, BGP = 6, 17, 179
# Statements of FRR and of BIRD by which a policy asks for the validity of a route
BY_VALIDITY = re.compile(r"\bmatch rpki\b|\broa_check\b")


def _below_path(search: Networks, item: Item) -> Iterator[Item]:
    """There and back, hop by hop."""
    to = untrusted.address(item.at)
    if to is None:
        return
    there = routing.walk(search.lab, search.model, item.node, to)
    yield from _hops(there, to)
    last, first = there[-1], there[0]
    if routing.port_of(search.model, last.node, to) is None:
        return
    yield Item(Kind.ADDRESS, last.node, str(to))
    # The daemon at the other end is an own matter of the session.
    if search.packet.protocol in (TCP, UDP) and search.packet.port != BGP:
        yield Item(Kind.SERVICE, last.node)
    back = search.sources.get(item) or routing.source(search.model, item.node, first.goes_out, to.version)
    back = back or _network_of(search, first, to.version)
    if back is not None and last.node != item.node:
        yield from _hops(routing.walk(search.lab, search.model, last.node, back), back)


def _network_of(search: Networks, first: routing.Hop, version: int) -> AnyAddress | None:
    """The network of a host that makes its own address, by the routers on its link."""
    for node, port in routing.others(search.lab, first.node, first.goes_out):
        for name, at in routing.held(search.model, node):
            if name == port and at.ip.version == version:
                return at.network.network_address
        # A router whose own address there is leased, as part of a delegated prefix
        for way in routing.routes(search.model, node):
            if (way.dev, way.via, way.drops) == (port, "", "") and _is_subnet(way.prefix, version):
                return way.prefix.network_address
    return None


def _is_subnet(prefix: AnyNetwork, version: int) -> bool:
    return prefix.version == version and 0 < prefix.prefixlen < prefix.max_prefixlen


def _hops(hops: Sequence[routing.Hop], to: AnyAddress) -> Iterator[Item]:
    for number, hop in enumerate(hops):
        if hop.came_in:
            yield Item(Kind.LINK, hop.node, hop.came_in)
            yield from [Item(Kind.REVERSE_PATH, hop.node, hop.came_in)] if to.version == 4 else []
        if hop.goes_out:
            yield Item(Kind.LINK, hop.node, hop.goes_out)
        if hop.route:
            yield Item(Kind.ROUTE, hop.node, str(to))
        if number and hop.goes_out:
            yield Item(Kind.FORWARDING, hop.node, str(to.version))
        yield Item(Kind.FILTER, hop.node)


def _below_route(search: Networks, item: Item) -> Iterator[Item]:
    to = untrusted.address(item.at)
    for route in routing.best(search.model, item.node, to) if to else ():
        if route.dev:
            yield Item(Kind.LINK, item.node, route.dev)
        by_igp = bool(search.adjacencies(search.model, item.node, route.dev))
        if route.protocol in IGP or (route.protocol == "bird" and by_igp):
            yield Item(Kind.IGP_ROUTE, item.node, item.at)
        elif route.protocol in ("bgp", "bird"):
            yield Item(Kind.BGP_ROUTE, item.node, str(route.prefix))
        elif route.protocol == "ra":
            yield Item(Kind.ADVERTISEMENTS, item.node, route.dev)
        elif route.protocol == "dhcp":
            yield Item(Kind.LEASE, item.node, route.dev)
        elif route.protocol == "boot" and not search.is_by_hand(item.node, route.prefix):
            yield Item(Kind.SERVICE, item.node)
            there, colon, port = route.via.partition(":")
            yield from [Item(Kind.LEASE, there, port)] if colon and there in search.lab.nodes else []
    yield from _below_other_route(search, item.node, to) if to else ()


def _below_other_route(search: Networks, node: str, to: AnyAddress) -> Iterator[Item]:
    """The items below a learned route that only the live network has: somewhere it should have been dropped."""
    solved = {route.prefix for route in routing.best(search.model, node, to)}
    for route in routing.best(search.live, node, to):
        if solved and route.prefix not in solved and route.protocol in ("bgp", "bird"):
            yield Item(Kind.BGP_ROUTE, node, str(route.prefix))
        elif solved and route.prefix not in solved and route.protocol in IGP:
            yield Item(Kind.IGP_ROUTE, node, str(to))


def _below_igp_route(search: Networks, item: Item) -> Iterator[Item]:
    to = untrusted.address(item.at)
    for hop in routing.walk(search.lab, search.model, item.node, to) if to else ():
        if hop.goes_out and search.adjacencies(search.model, hop.node, hop.goes_out):
            yield Item(Kind.ADJACENCY, hop.node, hop.goes_out)
        for port in connected(search, hop.node, to) if to else ():
            yield Item(Kind.LINK, hop.node, port)


def connected(search: Networks, node: str, to: AnyAddress) -> list[str]:
    """The ports of the node that are connected to the network of this address: it is advertised from there."""
    return [port for port, at in routing.held(search.model, node) if to in at.network]


def _below_adjacency(search: Networks, item: Item) -> Iterator[Item]:
    yield Item(Kind.LINK, item.node, item.at)
    for node, port in ((item.node, item.at), *routing.others(search.lab, item.node, item.at)):
        yield Item(Kind.LINK, node, port)
        yield from [Item(Kind.FILTER, node)] if routing_protocols.sends_ip(search, item) else []


def _below_session(search: Networks, item: Item) -> Iterator[Item]:
    peer = untrusted.address(item.at)
    if peer is not None:
        yield Item(Kind.PATH, item.node, str(peer))
        far = routing.owner(search.model, peer)
        yield from [Item(Kind.FILTER, far)] if far else []


def _below_bgp_route(search: Networks, item: Item) -> Iterator[Item]:
    """The sessions over which the prefix comes, the nearest to its origin last."""
    peers = sorted(search.model.get(item.node, {}).get(Section.SESSIONS, {}))
    for peer in peers:
        if _carries(search, item, peer):
            yield Item(Kind.SESSION, item.node, peer)
    for peer in peers:
        address = untrusted.address(peer)
        far = routing.owner(search.model, address) if address else None
        if far and _carries(search, item, peer):
            yield Item(Kind.BGP_ROUTE, far, item.at)
    prefix = untrusted.network(item.at)
    if prefix is not None and _originates(search, item):
        for route in routing.best(search.model, item.node, prefix.network_address):
            if route.prefix == prefix and route.protocol not in ("bgp", "bird"):
                yield Item(Kind.ROUTE, item.node, str(prefix.network_address))
    if any(BY_VALIDITY.search(line) for line in _configured(search, item.node)):
        yield Item(Kind.RPKI, item.node)


def _configured(search: Networks, node: str) -> Iterator[str]:
    """The lines of the configuration in the solved network."""
    for text in search.model.get(node, {}).get(Section.CONFIG, {}).values():
        for line in text.split("\n"):
            step()
            yield line


def _originates(search: Networks, item: Item) -> bool:
    chooses = statements.of_origin(item.at)
    every = search.model.get(item.node, {}).get(Section.CONFIG, {})
    return any(item.at in line.split() and chooses(b, line) for b, text in every.items() for line in text.split("\n"))


def _carries(search: Networks, item: Item, peer: str) -> bool:
    """Whether the prefix may come over this session: not back from the node that asked for it, and not where it begins."""
    address = untrusted.address(peer)
    far = routing.owner(search.model, address) if address else None
    return far is not None and not _originates(search, item)


def advertisers(search: Networks, node: str, port: str) -> list[tuple[str, str]]:
    """The other ends of the link that may advertise routers, or lease addresses, there: no end that is a client itself."""
    ends = routing.others(search.lab, node, port)
    return [end for end in ends if not _is_client(search, *end)]


def _is_client(search: Networks, node: str, port: str) -> bool:
    """Whether the node of the solved network has learned a next hop on this port, by router advertisements or by DHCP."""
    ways = routing.routes(search.model, node)
    return any(way.protocol in ("ra", "dhcp") and way.via and way.dev == port for way in ways)


def _below_advertisements(search: Networks, item: Item) -> Iterator[Item]:
    yield Item(Kind.LINK, item.node, item.at)
    yield Item(Kind.FILTER, item.node)
    for node, port in advertisers(search, item.node, item.at):
        yield Item(Kind.LINK, node, port)
        yield Item(Kind.FILTER, node)
        yield Item(Kind.FORWARDING, node, "6")
        yield from _below_prefix(search, node, port)


def _below_prefix(search: Networks, node: str, port: str) -> Iterator[Item]:
    """The leases of a router that advertises a part of a delegated prefix: it has no address of its own there."""
    if any(name == port and at.version == 6 for name, at in routing.held(search.model, node)):
        return
    for end in search.lab.interfaces(node):
        if end.name != port and _is_client(search, node, end.name):
            yield Item(Kind.LEASE, node, end.name)


def _below_lease(search: Networks, item: Item) -> Iterator[Item]:
    """The server is on the same link. A DHCPv6 client asks where router advertisements say so."""
    ports = [item.at] if item.at else [end.name for end in search.lab.interfaces(item.node)]
    for port in ports:
        if search.version != 4:
            yield Item(Kind.ADVERTISEMENTS, item.node, port)
            continue
        for node, at in ((item.node, port), *advertisers(search, item.node, port)):
            yield Item(Kind.LINK, node, at)
            yield Item(Kind.FILTER, node)


def _below_rpki(search: Networks, item: Item) -> Iterator[Item]:
    for cache in rpki_caches(search, item.node):
        yield Item(Kind.PATH, item.node, str(cache))
        far = routing.owner(search.model, cache)
        yield from [Item(Kind.SERVICE, far)] if far else []


def rpki_caches(search: Networks, node: str) -> Iterator[AnyAddress]:
    """The RPKI caches that the node asks in the solved network."""
    for block, text in search.model.get(node, {}).get(Section.CONFIG, {}).items():
        if block.startswith(("rpki", "protocol rpki")) or not block:
            for line in text.split("\n"):
                if line.startswith(("rpki cache", "remote ")):
                    found = next((a for word in line.split() if (a := untrusted.address(word))), None)
                    yield from [found] if found else []


RESTS_ON: dict[Kind, Callable[[Networks, Item], Iterator[Item]]] = {
    Kind.PATH: _below_path,
    Kind.ROUTE: _below_route,
    Kind.IGP_ROUTE: _below_igp_route,
    Kind.ADJACENCY: _below_adjacency,
    Kind.SESSION: _below_session,
    Kind.BGP_ROUTE: _below_bgp_route,
    Kind.ADVERTISEMENTS: _below_advertisements,
    Kind.LEASE: _below_lease,
    Kind.RPKI: _below_rpki,
}
