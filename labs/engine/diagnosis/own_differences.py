"""The differences between an item and the same item in the solved network, without those of its dependencies."""

import re
from collections.abc import Callable, Iterator, Sequence, Set

from labs.engine.adapters import untrusted
from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork
from labs.engine.diagnosis import filter_differences, reverse_path, routing_protocols, service_programs
from labs.engine.diagnosis.dependencies import advertisers, connected, rpki_caches
from labs.engine.diagnosis.included_files import includes_a_file
from labs.engine.diagnosis.items import LEARNED, Item, Kind, Networks
from labs.engine.state import routing, statements
from labs.engine.state.facts import Difference, Section, differences, fact

BIRD_FOLDER = "/etc/bird/"
PREFIX = re.compile(r"[0-9a-f:.]+/[0-9]{1,3}")

# By the end of a sysctl's name, the value that stops something. With another value it lets more pass than the solved network does:
# a DHCP client, for example, writes accept_ra while it runs.
STOPS = {"accept_ra": "0", "autoconf": "0", "disable_ipv6": "1", "forwarding": "1"}

# Statements that no packet and no route depends on, in FRR and in BIRD
FOR_PEOPLE = re.compile(
    r"(?:no )?(?:description|log|debug|bgp log-neighbor-changes|log-adjacency-changes)\b"
    r"|(?:no )?(?:neighbor \S+|(?:ip|ipv6) prefix-list \S+) description\b"
)
# Statements of FRR about a session with which it is established too: how fast, and what becomes of its routes
KEEPS_NO_SESSION_DOWN = re.compile(
    r"(?:no )?(?:neighbor \S+ (?:timers|advertisement-interval|graceful-restart\S*)"
    r"|bgp (?:route-map delay-timer|default local-preference|bestpath|deterministic-med|always-compare-med|graceful-\S+"
    r"|network import-check))\b"
)

# Those that only say how fast a route comes
KEEPS_NO_ROUTE_AWAY = re.compile(
    r"(?:no )?(?:neighbor \S+ (?:timers|advertisement-interval)|bgp route-map delay-timer)\b"
)
# Statements of FRR about an interface that change which routes are used
KEEPS_NO_ADJACENCY_DOWN = re.compile(r"(?:no )?(?:(?:ipv6 ospf6|ip ospf) cost|isis metric)\b")
# And those that say only how fast; a priority of 0 elects nobody
CHANGES_NO_ROUTE = re.compile(
    r"(?:no )?(?:ipv6 ospf6|ip ospf) (?:priority (?!0\b)|retransmit-interval|transmit-delay)\b"
)


def explains(search: Networks, item: Item, one: Difference) -> bool:
    """Whether this difference of an item may be the reason why the item does not work."""
    if one.section is not Section.CONFIG:
        return True
    harmless = [FOR_PEOPLE]
    if item.kind is Kind.SESSION and fact(search.live, item.node, Section.SESSIONS, item.at) == "down":
        harmless.append(KEEPS_NO_SESSION_DOWN)
    if item.kind is Kind.BGP_ROUTE:
        harmless.append(KEEPS_NO_ROUTE_AWAY)
    if item.kind is Kind.ADJACENCY and "down" in search.adjacencies(search.live, item.node, item.at).values():
        harmless.append(KEEPS_NO_ADJACENCY_DOWN)
    if item.kind in (Kind.ADJACENCY, Kind.IGP_ROUTE):
        harmless.append(CHANGES_NO_ROUTE)
    lines = [line for line in (one.live, one.model) if line is not None]
    return not all(any(pattern.match(line) for pattern in harmless) for line in lines)


def _stopping(search: Networks, node: str, port: str, *words: str) -> Iterator[Difference]:
    """The settings of a port that stop something, or let it pass if that is not wanted."""
    for word in words:
        for one in search.differing(node, Section.SETTINGS, f"net.ipv6.conf.{port}.{word}"):
            if search.unwanted or one.live == STOPS[word]:
                yield one


def _own_link(search: Networks, item: Item) -> Iterator[Difference]:
    ends = [(item.node, item.at), *routing.others(search.lab, item.node, item.at)]
    ends = ends if len(ends) == 2 else ends[:1]
    for word in ("up", "master"):
        for node, port in ends:
            yield from search.differing(node, Section.INTERFACES, f"{port} {word}")
    versions = _versions(search, ends)
    for node, port in ends if 6 in versions else ():
        yield from _stopping(search, node, port, "disable_ipv6")
    is_down = any(fact(search.live, node, Section.INTERFACES, f"{port} up") == "no" for node, port in ends)
    for word in ("addresses", "mtu") if is_down else ("addresses", "carrier", "mtu"):
        for node, port in ends:
            yield from (
                one
                for one in search.differing(node, Section.INTERFACES, f"{port} {word}")
                if word != "addresses" or _is_needed(one, versions)
            )


def _versions(search: Networks, ends: Sequence[tuple[str, str]]) -> Set[int]:
    """The versions of IP that are needed on a link. An IPv4 route may have an IPv6 next hop (RFC 8950)."""
    if search.version is None or (search.version == 4 and any(_has_ipv6_next_hop(search, *end) for end in ends)):
        return {4, 6}
    return {search.version}


def _has_ipv6_next_hop(search: Networks, node: str, port: str) -> bool:
    ways = routing.routes(search.model, node)
    return any(way.prefix.version == 4 and way.dev == port and ":" in way.via for way in ways)


def _is_needed(one: Difference, versions: Set[int]) -> bool:
    """Whether an address of the solved network is missing here. One that only the live network has stops no packet."""
    address = untrusted.address(one.model) if one.model else None
    return bool(one.model) and (address is None or address.version in versions)


def _own_address(search: Networks, item: Item) -> Iterator[Difference]:
    address = untrusted.address(item.at)
    port = routing.port_of(search.model, item.node, address) if address else None
    if address is not None and port is not None:
        yield from search.differing(item.node, Section.INTERFACES, f"{port} up")
        yield from _stopping(search, item.node, port, *(["disable_ipv6"] if address.version == 6 else []))
        every = search.differing(item.node, Section.INTERFACES, f"{port} addresses")
        yield from (one for one in every if _is_needed(one, {address.version}))


def _own_forwarding(search: Networks, item: Item) -> Iterator[Difference]:
    key = "net.ipv6.conf.all.forwarding" if item.at == "6" else "net.ipv4.ip_forward"
    every = search.differing(item.node, Section.SETTINGS, key)
    yield from (one for one in every if search.unwanted or one.live == "0")


def _own_reverse_path(search: Networks, item: Item) -> Iterator[Difference]:
    """The setting by which packets on this port are filtered strictly."""
    keys = [f"net.ipv4.conf.{which}.rp_filter" for which in ("all", item.at)]
    of_all, of_port = (fact(search.live, item.node, Section.SETTINGS, key) or "0" for key in keys)
    has_ipv4 = "." in (fact(search.live, item.node, Section.INTERFACES, f"{item.at} addresses") or "")
    if search.unwanted or reverse_path.is_strict(of_all, of_port, has_ipv4=has_ipv4):
        yield from search.differing(item.node, Section.SETTINGS, *keys)


def _own_filter(search: Networks, item: Item) -> Iterator[Difference]:
    """The differences between the rule sets, where the live one may drop what is needed here."""
    seen = search.network.nodes.get(item.node)
    if seen and search.needs_rules:
        yield from filter_differences.on_the_way(search, item.node)
    elif seen:
        yield from filter_differences.stopping(search, item.node, seen)


def _own_route(search: Networks, item: Item) -> Iterator[Difference]:
    to = untrusted.address(item.at)
    if to is None:
        return
    prefixes = {
        str(route.prefix) for state in (search.live, search.model) for route in routing.best(state, item.node, to)
    }
    by_hand = [_is_by_hand(search, item.node, route) for route in routing.best(search.model, item.node, to)]
    here = routing.best(search.live, item.node, to)
    there = routing.best(search.model, item.node, to)
    # A longer prefix that only the live network has takes the packets away.
    if any(by_hand) or (here and there and here[0].prefix.prefixlen > there[0].prefix.prefixlen):
        yield from (one for prefix in prefixes for one in search.config(item.node, statements.of_static(prefix)))
        every = search.differing(item.node, Section.ROUTES, *sorted(prefixes))
        # A route of the kernel's own follows from an address, and a learned one from what is below.
        yield from (one for one in every if not _is_effect(one))
    yield from policy_rules(search, item.node, to)


def _is_effect(one: Difference) -> bool:
    """Whether nobody entered this route: not the one that is there, and not the one that should be."""
    return (one.live or one.model or "").startswith("kernel") or all(
        line.split()[0] in LEARNED for line in (one.live, one.model) if line
    )


def policy_rules(search: Networks, node: str, to: AnyAddress) -> Iterator[Difference]:
    """The differences in the policy rules (ip rule) that may fit packets to this address."""
    every = differences(search.live, search.model, node, Section.RULES)
    yield from (one for one in every if any(rule_may_fit(line, to) for line in (one.live, one.model) if line))


def rule_may_fit(rules: str, to: AnyAddress) -> bool:
    """Whether one of these rules, a line for each, may fit packets to this address."""
    for line in rules.split("\n"):
        words = line.split()
        named = dict(zip(words[::2], words[1::2], strict=False))
        of = untrusted.address(named.get("dst"))
        prefix = untrusted.network(f"{of}/{named.get('dstlen', of.max_prefixlen)}") if of else None
        if prefix is None or (prefix.version == to.version and to in prefix):
            return True
    return False


def _is_by_hand(search: Networks, node: str, route: routing.Route) -> bool:
    """Whether somebody entered this route; else a protocol or a program brought it, and it is an effect."""
    if route.protocol == "boot":
        return search.is_by_hand(node, route.prefix)
    return route.protocol not in LEARNED


def _own_igp_route(search: Networks, item: Item) -> Iterator[Difference]:
    to = untrusted.address(item.at)
    for hop in reversed(routing.walk(search.lab, search.model, item.node, to)) if to else ():
        ports = connected(search, hop.node, to) if to else []
        yield from _of_routing(search, hop.node, routing_protocols.of_route(search, item.node, item.at))
        yield from search.config(hop.node, statements.of_igp([*ports, hop.came_in, hop.goes_out]))


def _own_adjacency(search: Networks, item: Item) -> Iterator[Difference]:
    ends = [(item.node, item.at), *routing.others(search.lab, item.node, item.at)]
    for node, port in ends:
        protocols = routing_protocols.of_port(search, node, port) or routing_protocols.of_port(
            search, item.node, item.at
        )
        yield from _of_routing(search, node, protocols or routing_protocols.IGP)
    for node, port in ends:
        yield from search.config(node, statements.of_igp([port]))


def _of_daemon(search: Networks, node: str) -> Iterator[Difference]:
    yield from (one for one in differences(search.live, search.model, node, Section.DAEMONS) if is_stopped(one))
    missing = [one for one in differences(search.live, search.model, node, Section.PROCESSES) if one.live is None]
    started = search.started(node) if missing else ""
    yield from (one for one in missing if not service_programs.is_passing(one.key, started))


def _of_routing(search: Networks, node: str, protocols: Set[str], peers: Sequence[str] = ()) -> Iterator[Difference]:
    """The daemons and programs that these protocols may rest on; PEERS: the neighbour of a session."""
    harmless = service_programs.SERVERS | service_programs.OF_HOSTS
    for one in _of_daemon(search, node):
        if service_programs.name_of(one.key) not in harmless and not routing_protocols.is_of_another(
            search, one, protocols, peers
        ):
            yield one


def is_stopped(one: Difference) -> bool:
    """Whether a daemon or a protocol of BIRD does not run here. One that runs only here stops nothing."""
    return one.live in ("down", "disabled", "not read")


def _own_service(search: Networks, item: Item) -> Iterator[Difference]:
    """The programs that do not run, and the files. A program may have ended by a line of its own file, so that line comes first."""
    stopped = list(_of_daemon(search, item.node))
    files = list(differences(search.live, search.model, item.node, Section.FILES))
    yield from (one for one in files if any(service_programs.is_of(one.key, other.key) for other in stopped))
    yield from stopped
    yield from files


def _ends(search: Networks, item: Item) -> Iterator[tuple[str, list[str]]]:
    """Both ends of a session, each with the addresses of its neighbour as the configurations may name it."""
    peer = untrusted.address(item.at)
    yield item.node, [item.at]
    far = routing.owner(search.model, peer) if peer else None
    if far:
        yield far, [str(at.ip) for _port, at in routing.held(search.model, item.node)]


def _own_session(search: Networks, item: Item) -> Iterator[Difference]:
    for node, peers in _ends(search, item):
        yield from _of_routing(search, node, frozenset({"bgp"}), peers)
    for node, peers in _ends(search, item):
        yield from search.config(node, statements.of_session(search.live, search.model, node, peers))


def _own_bgp_route(search: Networks, item: Item) -> Iterator[Difference]:
    yield from search.config(item.node, statements.of_origin(item.at))
    for peer in sorted(search.model.get(item.node, {}).get(Section.SESSIONS, {})):
        for node, peers in _ends(search, Item(Kind.SESSION, item.node, peer)):
            yield from search.config(node, statements.of_policy(search.live, search.model, node, peers))
            yield from _included(search, node)
    yield from _of_daemon(search, item.node)
    yield from _of_caches(search, item)


def _of_caches(search: Networks, item: Item) -> Iterator[Difference]:
    """The differences by which an RPKI cache that the node asks says something else about this prefix, or does not run."""
    prefix = untrusted.network(item.at)
    if prefix is None:
        return
    for cache in rpki_caches(search, item.node):
        far = routing.owner(search.model, cache)
        for one in _own_service(search, Item(Kind.SERVICE, far)) if far else ():
            if one.section is not Section.FILES or any(_covers(line, prefix) for line in (one.live, one.model) if line):
                yield one


def _covers(line: str, prefix: AnyNetwork) -> bool:
    """Whether the line of a file, such as a ROA, has a prefix that contains this one."""
    named = (untrusted.network(word) for word in PREFIX.findall(line))
    return any(
        one.version == prefix.version and prefix.prefixlen >= one.prefixlen and prefix.network_address in one
        for one in named
        if one is not None
    )


def _included(search: Networks, node: str) -> Iterator[Difference]:
    """The differences in the files that the configuration of BIRD includes: the state has their lines only."""
    lines = [line for state in search.both for line in (fact(state, node, Section.CONFIG, "") or "").split("\n")]
    if any(includes_a_file(line) for line in lines):
        every = differences(search.live, search.model, node, Section.FILES)
        yield from (one for one in every if one.key.startswith(BIRD_FOLDER))


def _own_advertisements(search: Networks, item: Item) -> Iterator[Difference]:
    yield from _stopping(search, item.node, item.at, "accept_ra", "autoconf", "forwarding", "disable_ipv6")
    for node, port in advertisers(search, item.node, item.at):
        yield from search.config(node, statements.of_advertisements([port]))
        yield from (one for one in _own_service(search, Item(Kind.SERVICE, node)) if _advertises(search, one))


def _advertises(search: Networks, one: Difference) -> bool:
    """Whether this difference of a program or a file is about what sends router advertisements."""
    if one.section is Section.DAEMONS:
        every = search.model.get(one.node, {}).get(Section.CONFIG, {})
        return one.key in ("bird.conf", "zebra") or f"protocol radv {one.key}" in every
    files = [(path, text) for state in search.both for path, text in state[one.node].get(Section.FILES, {}).items()]
    leasing = (text for path, text in files if service_programs.is_of(path, service_programs.ALSO_LEASES))
    senders = service_programs.advertising(leasing)
    return one.key in senders or (
        one.section is Section.FILES and any(service_programs.is_of(one.key, sender) for sender in senders)
    )


def _own_lease(search: Networks, item: Item) -> Iterator[Difference]:
    """The programs and files of the servers and of the client, without those that advertise: they are below."""
    ports = [item.at] if item.at else [end.name for end in search.lab.interfaces(item.node)]
    servers = [node for port in ports for node, _port in advertisers(search, item.node, port)]
    for node in dict.fromkeys([*servers, item.node]):
        every = _own_service(search, Item(Kind.SERVICE, node))
        yield from (one for one in every if not (_advertises(search, one) or _is_of_server(one)))


def _is_of_server(one: Difference) -> bool:
    """Whether this difference of a program or a file is one of a server on which no lease rests."""
    if one.section is Section.FILES:
        return any(service_programs.is_of(one.key, server) for server in service_programs.SERVERS)
    return service_programs.name_of(one.key) in service_programs.SERVERS


def _own_rpki(search: Networks, item: Item) -> Iterator[Difference]:
    yield from search.config(item.node, statements.of_rpki())


OWN: dict[Kind, Callable[[Networks, Item], Iterator[Difference]]] = {
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
    Kind.LEASE: _own_lease,
    Kind.SERVICE: _own_service,
}
