"""What a failed check rests on, and the nearest thing that is not as it is in the solved network. Two states are compared.

A search goes down from what the check needs: a path rests on links, routes and filters; a route on an adjacency or on a session;
a session on the path to its neighbour. What works is not searched. So a difference is found only where something that rests
on it does not work, and all that it rests on itself is as it should be.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from labs.engine.adapters import untrusted
from labs.engine.adapters.node_state import Network
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.budget import step
from labs.engine.definition.spec import Lab
from labs.engine.diagnosis import packet_filters
from labs.engine.diagnosis.packet_filters import Packet
from labs.engine.state import routing, statements
from labs.engine.state.facts import Difference, Section, State, differences, fact

TCP, UDP = 6, 17
DISCOVERY = [Packet(protocol=58, kind=kind, state="untracked") for kind in (135, 136)]  # each path in IPv6 needs it
MOST_ITEMS = 200  # that one search looks at
MOST_DIFFERENT = 3  # statements that are only here, and as many only in the model: it is another design, and no mistake
TOOLS = {Section.FILTERS: "nft", Section.RULES: "rule"}  # what a solution types to change them
IGP = ("ospf", "isis", "babel", "rip")
ANYWHERE = ("ingress", "prerouting", "input", "forward", "output", "postrouting", "egress")


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
    RPKI = "rpki"
    SERVICE = "service"  # the programs of the node to which the check connects


@dataclass(frozen=True, slots=True)
class Item:
    """Something that works or not."""

    kind: Kind
    node: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Suspect:
    """The item nearest to the check that has differences of its own while all that it rests on agrees."""

    item: Item
    found: tuple[Difference, ...]
    root: Item  # what the check needs

    @property
    def nearest(self) -> Difference:
        return self.found[0]


@dataclass(slots=True)
class Search:
    """One search over the live network and the solved one. ``packet``: what the check sends, as far as it is known."""

    lab: Lab
    network: Network
    live: State
    model: State
    packet: Packet = field(default_factory=Packet)
    seen: set[tuple[Item, Packet]] = field(default_factory=set)
    root: Item = field(default_factory=lambda: Item(Kind.LINK, ""))  # which the search is for now
    unwanted: bool = False  # the check fails because of something that should not be there
    later: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by node, what the solution types in later stages

    def first(self, roots: Sequence[Item]) -> Suspect | None:
        for root in roots:
            self.root = root
            if found := self._under(root):
                return found
        return None

    def _under(self, item: Item) -> Suspect | None:
        step()
        if (item, self.packet) in self.seen or len(self.seen) > MOST_ITEMS:
            return None
        self.seen.add((item, self.packet))
        if item.node not in self.live or item.node not in self.model or (item != self.root and self._works(item)):
            return None
        before = self.packet
        self.packet = CARRIES.get(item.kind, before)
        for below in RESTS_ON[item.kind](self, item) if item.kind in RESTS_ON else ():
            if found := self._under(below):
                return found
        self.packet = before
        every = OWN[item.kind](self, item) if item.kind in OWN else ()
        own = tuple(one for one in every if not self._is_ahead(one))
        return Suspect(item, own, self.root) if own and not _is_other_design(own) else None

    def _is_ahead(self, one: Difference) -> bool:
        """Whether a later stage of the lab makes this difference good: it is not needed yet, or not removed yet."""
        lines = self.later.get(one.node, ())
        if one.model is None and one.section is Section.CONFIG:
            inverse = live.removeprefix("no ") if (live := str(one.live)).startswith("no ") else f"no {live}"
            return any(line.strip() == inverse for line in lines)
        if one.section in (Section.FILTERS, Section.RULES):
            return one.live is None and any(TOOLS[one.section] in line for line in lines)
        wanted = one.key if one.section is Section.SETTINGS else one.model
        return bool(wanted) and any(str(wanted) in line for line in lines)

    def _works(self, item: Item) -> bool:
        """Whether the live network shows that this item works, so that nothing below it matters."""
        match item.kind:
            case Kind.SESSION:
                return fact(self.live, item.node, Section.SESSIONS, item.at) == "up"
            case Kind.ADJACENCY:
                here = self.adjacencies(self.live, item.node, item.at)
                wanted = self.adjacencies(self.model, item.node, item.at)
                return here == wanted and "down" not in here.values()
            case Kind.ROUTE | Kind.IGP_ROUTE:
                to = untrusted.address(item.at)
                ways = [routing.best(state, item.node, to) if to else [] for state in (self.live, self.model)]
                return bool(set(ways[0]) & set(ways[1]))
        return False

    def adjacencies(self, state: State, node: str, port: str) -> dict[str, str]:
        every = state.get(node, {}).get(Section.ADJACENCIES, {})
        return {key: value for key, value in every.items() if key.split(" ")[-1] == port}

    def config(self, node: str, chooses: statements.Chooses) -> list[Difference]:
        return statements.concerning(self.live, self.model, node, chooses)

    def differing(self, node: str, section: Section, *keys: str) -> Iterator[Difference]:
        for one in differences(self.live, self.model, node, section):
            if one.key in keys:
                yield one


def _is_other_design(own: Sequence[Difference]) -> bool:
    extra = sum(one.model is None for one in own)
    return extra > MOST_DIFFERENT and sum(one.live is None for one in own) > MOST_DIFFERENT


# What an item rests on, the nearest first


def _below_path(search: Search, item: Item) -> Iterator[Item]:
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
    if search.packet.protocol in (TCP, UDP):
        yield Item(Kind.SERVICE, last.node)
    back = routing.source(search.model, item.node, first.goes_out, to.version)
    back = back or _network_of(search, first, to.version)
    if back is not None and last.node != item.node:
        yield from _hops(routing.walk(search.lab, search.model, last.node, back), back)


def _network_of(search: Search, first: routing.Hop, version: int) -> AnyAddress | None:
    """The network of a host that makes its own address, by the routers on its link."""
    for node, port in routing.others(search.lab, first.node, first.goes_out):
        for name, at in routing.held(search.model, node):
            if name == port and at.ip.version == version:
                return at.network.network_address
    return None


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


def _below_route(search: Search, item: Item) -> Iterator[Item]:
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


def _below_igp_route(search: Search, item: Item) -> Iterator[Item]:
    to = untrusted.address(item.at)
    for hop in routing.walk(search.lab, search.model, item.node, to) if to else ():
        if hop.goes_out:
            yield Item(Kind.ADJACENCY, hop.node, hop.goes_out)


def _below_adjacency(search: Search, item: Item) -> Iterator[Item]:
    yield Item(Kind.LINK, item.node, item.at)
    for node, port in ((item.node, item.at), *routing.others(search.lab, item.node, item.at)):
        yield Item(Kind.LINK, node, port)
        yield Item(Kind.FILTER, node)


def _below_session(search: Search, item: Item) -> Iterator[Item]:
    peer = untrusted.address(item.at)
    if peer is not None:
        yield Item(Kind.PATH, item.node, str(peer))
        far = routing.owner(search.model, peer)
        yield from [Item(Kind.FILTER, far)] if far else []


def _below_bgp_route(search: Search, item: Item) -> Iterator[Item]:
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


def _originates(search: Search, item: Item) -> bool:
    chooses = statements.of_origin(item.at)
    every = search.model.get(item.node, {}).get(Section.CONFIG, {})
    return any(item.at in line.split() and chooses(b, line) for b, text in every.items() for line in text.split("\n"))


def _carries(search: Search, item: Item, peer: str) -> bool:
    """Whether the prefix may come over this session: not back from the node that asked for it, and not where it begins."""
    address = untrusted.address(peer)
    far = routing.owner(search.model, address) if address else None
    return far is not None and not _originates(search, item)


def _below_advertisements(search: Search, item: Item) -> Iterator[Item]:
    yield Item(Kind.LINK, item.node, item.at)
    yield Item(Kind.FILTER, item.node)
    for node, port in routing.others(search.lab, item.node, item.at):
        yield Item(Kind.LINK, node, port)
        yield Item(Kind.FILTER, node)
        yield Item(Kind.FORWARDING, node, "6")


def _below_rpki(search: Search, item: Item) -> Iterator[Item]:
    for block, text in search.model.get(item.node, {}).get(Section.CONFIG, {}).items():
        if block.startswith(("rpki", "protocol rpki")) or not block:
            for line in text.split("\n"):
                if line.startswith(("rpki cache", "remote ")):
                    found = next((a for word in line.split() if (a := untrusted.address(word))), None)
                    yield from [Item(Kind.PATH, item.node, str(found))] if found else []


RESTS_ON: dict[Kind, Callable[[Search, Item], Iterator[Item]]] = {
    Kind.PATH: _below_path,
    Kind.ROUTE: _below_route,
    Kind.IGP_ROUTE: _below_igp_route,
    Kind.ADJACENCY: _below_adjacency,
    Kind.SESSION: _below_session,
    Kind.BGP_ROUTE: _below_bgp_route,
    Kind.ADVERTISEMENTS: _below_advertisements,
    Kind.RPKI: _below_rpki,
}
# The packets that an item needs, instead of those that the check sends
CARRIES: dict[Kind, Packet] = {
    Kind.ADJACENCY: Packet(protocol=89, state="new"),
    Kind.SESSION: Packet(protocol=6, port=179, state="new"),
    Kind.ADVERTISEMENTS: Packet(protocol=58, kind=134, state="untracked"),
    Kind.RPKI: Packet(protocol=6, state="new"),
}


# What is an item's own


def _own_link(search: Search, item: Item) -> Iterator[Difference]:
    ends = [(item.node, item.at), *routing.others(search.lab, item.node, item.at)]
    ends = ends if len(ends) == 2 else ends[:1]
    for word in ("up", "master"):
        for node, port in ends:
            yield from search.differing(node, Section.INTERFACES, f"{port} {word}")
    for node, port in ends:
        yield from search.differing(node, Section.SETTINGS, f"net.ipv6.conf.{port}.disable_ipv6")
    for word in ("addresses", "carrier", "mtu"):
        for node, port in ends:
            yield from (
                one
                for one in search.differing(node, Section.INTERFACES, f"{port} {word}")
                if word != "addresses" or one.model is not None
            )


def _own_address(search: Search, item: Item) -> Iterator[Difference]:
    address = untrusted.address(item.at)
    port = routing.port_of(search.model, item.node, address) if address else None
    if port is not None:
        yield from search.differing(item.node, Section.INTERFACES, f"{port} up")
        yield from search.differing(item.node, Section.SETTINGS, f"net.ipv6.conf.{port}.disable_ipv6")
        every = search.differing(item.node, Section.INTERFACES, f"{port} addresses")
        yield from (one for one in every if one.model is not None)


def _own_forwarding(search: Search, item: Item) -> Iterator[Difference]:
    key = "net.ipv6.conf.all.forwarding" if item.at == "6" else "net.ipv4.ip_forward"
    yield from search.differing(item.node, Section.SETTINGS, key)


def _own_reverse_path(search: Search, item: Item) -> Iterator[Difference]:
    yield from search.differing(
        item.node, Section.SETTINGS, "net.ipv4.conf.all.rp_filter", f"net.ipv4.conf.{item.at}.rp_filter"
    )


def _own_filter(search: Search, item: Item) -> Iterator[Difference]:
    """The differences between the rule sets, where the live one may drop what is needed here."""
    found = list(differences(search.live, search.model, item.node, Section.FILTERS))
    seen = search.network.nodes.get(item.node)
    needed = (search.packet, *DISCOVERY)
    if found and seen and search.unwanted:
        yield from found
    elif found and seen and any(packet_filters.doubtful(seen, packet, *ANYWHERE) for packet in needed):
        # A rule that is only here comes before one that is missing.
        yield from sorted(found, key=lambda one: one.live is None)


def _own_route(search: Search, item: Item) -> Iterator[Difference]:
    to = untrusted.address(item.at)
    if to is None:
        return
    prefixes = {
        str(route.prefix) for state in (search.live, search.model) for route in routing.best(state, item.node, to)
    }
    by_hand = [route.protocol not in (*IGP, "bgp", "bird", "ra") for route in routing.best(search.model, item.node, to)]
    here = routing.best(search.live, item.node, to)
    there = routing.best(search.model, item.node, to)
    # A longer prefix that only the live network has takes the packets away; who brought it is said by its protocol.
    if any(by_hand) or (here and there and here[0].prefix.prefixlen > there[0].prefix.prefixlen):
        yield from (one for prefix in prefixes for one in search.config(item.node, statements.of_static(prefix)))
        yield from search.differing(item.node, Section.ROUTES, *sorted(prefixes))
    yield from differences(search.live, search.model, item.node, Section.RULES)


def _own_igp_route(search: Search, item: Item) -> Iterator[Difference]:
    to = untrusted.address(item.at)
    for hop in reversed(routing.walk(search.lab, search.model, item.node, to)) if to else ():
        connected = [port for port, at in routing.held(search.model, hop.node) if to in at.network]
        yield from _of_daemon(search, hop.node)
        yield from search.config(hop.node, statements.of_igp([*connected, hop.came_in, hop.goes_out]))


def _own_adjacency(search: Search, item: Item) -> Iterator[Difference]:
    ends = [(item.node, item.at), *routing.others(search.lab, item.node, item.at)]
    for node, _port in ends:
        yield from _of_daemon(search, node)
    for node, port in ends:
        yield from search.config(node, statements.of_igp([port]))


def _of_daemon(search: Search, node: str) -> Iterator[Difference]:
    yield from differences(search.live, search.model, node, Section.DAEMONS)
    yield from (one for one in differences(search.live, search.model, node, Section.PROCESSES) if one.live is None)


def _own_service(search: Search, item: Item) -> Iterator[Difference]:
    yield from _of_daemon(search, item.node)


def _ends(search: Search, item: Item) -> Iterator[tuple[str, list[str]]]:
    """Both ends of a session, each with the addresses of its neighbour as the configurations may name it."""
    peer = untrusted.address(item.at)
    yield item.node, [item.at]
    far = routing.owner(search.model, peer) if peer else None
    if far:
        yield far, [str(at.ip) for _port, at in routing.held(search.model, item.node)]


def _own_session(search: Search, item: Item) -> Iterator[Difference]:
    for node, _peers in _ends(search, item):
        yield from _of_daemon(search, node)
    for node, peers in _ends(search, item):
        yield from search.config(node, statements.of_session(search.live, search.model, node, peers))


def _own_bgp_route(search: Search, item: Item) -> Iterator[Difference]:
    yield from search.config(item.node, statements.of_origin(item.at))
    for peer in sorted(search.model.get(item.node, {}).get(Section.SESSIONS, {})):
        for node, peers in _ends(search, Item(Kind.SESSION, item.node, peer)):
            yield from search.config(node, statements.of_policy(search.live, search.model, node, peers))
    yield from _of_daemon(search, item.node)


def _own_advertisements(search: Search, item: Item) -> Iterator[Difference]:
    for word in ("accept_ra", "autoconf", "forwarding", "disable_ipv6"):
        yield from search.differing(item.node, Section.SETTINGS, f"net.ipv6.conf.{item.at}.{word}")
    for node, port in routing.others(search.lab, item.node, item.at):
        yield from search.config(node, statements.of_advertisements([port]))
        yield from _of_daemon(search, node)


def _own_rpki(search: Search, item: Item) -> Iterator[Difference]:
    yield from search.config(item.node, statements.of_rpki())


OWN: dict[Kind, Callable[[Search, Item], Iterator[Difference]]] = {
    Kind.LINK: _own_link,
    Kind.ADDRESS: _own_address,
    Kind.FORWARDING: _own_forwarding,
    Kind.FILTER: _own_filter,
    Kind.REVERSE_PATH: _own_reverse_path,
    Kind.ROUTE: _own_route,
    Kind.IGP_ROUTE: _own_igp_route,
    Kind.ADJACENCY: _own_adjacency,
    Kind.SESSION: _own_session,
    Kind.BGP_ROUTE: _own_bgp_route,
    Kind.ADVERTISEMENTS: _own_advertisements,
    Kind.RPKI: _own_rpki,
    Kind.SERVICE: _own_service,
}
