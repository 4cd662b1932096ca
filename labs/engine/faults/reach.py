"""Faults on the path of packets: routes, forwarding, packet filters, source address checks, MTU."""

from collections.abc import Callable, Iterator
from functools import partial

from labs.engine.adapters.node_state import FORWARDING, Network, Port, Seen, Way
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.definition.spec import Kind
from labs.engine.faults.base import Fault, Lines, Spot, dropped, vtysh, without


def _routers(network: Network) -> Iterator[tuple[Seen, Port]]:
    """Yield each interface of the nodes that forward packets between several."""
    for seen in network.nodes.values():
        ends = [end.name for end in network.lab.interfaces(seen.node.name) if end.name in seen.ports]
        if len(ends) > 1 and (seen.forwards(6) or seen.forwards(4)):
            for name in ends:
                yield seen, seen.ports[name]


def _static_routes(network: Network) -> Iterator[tuple[Seen, Way]]:
    """Yield the static routes that have a next hop."""
    for seen in network.nodes.values():
        for way in seen.ways:
            if way.via and way.protocol in ("boot", "static"):
                yield seen, way


def _typed(seen: Seen, way: Way, via: object) -> str:
    return f"ip -{way.to.version} route replace {way.to} via {via} dev {way.dev}"


def _removed_route(network: Network) -> Iterator[Spot]:
    for seen, way in _static_routes(network):
        line = seen.config.find(f"{'ipv6' if way.to.version == 6 else 'ip'} route {way.to}")
        if line:
            inject, repair = without(line)
            yield Spot(seen.node.name, str(way.to), (inject,), (repair,))
        elif seen.node.kind is not Kind.FRR:
            gone = f"ip -{way.to.version} route del {way.to} via {way.via} dev {way.dev}"
            yield Spot(seen.node.name, str(way.to), (gone,), (_typed(seen, way, way.via),))


def _wrong_hop(network: Network) -> Iterator[Spot]:
    """Set a next hop with an unused address."""
    for seen, way in _static_routes(network):
        port = seen.ports.get(way.dev)
        held = next((h for h in port.held if way.via in h.at.network), None) if port else None
        if not held or held.at.network.num_addresses < 16 or seen.node.kind is Kind.FRR:
            continue
        wrong = held.at.network.network_address + 0xE
        if wrong not in (way.via, held.ip):
            yield Spot(seen.node.name, str(way.to), (_typed(seen, way, wrong),), (_typed(seen, way, way.via),))


def _blackhole_rule(network: Network) -> Iterator[Spot]:
    """Add a policy rule that drops packets before the kernel looks up any routing table."""
    for seen, way in _static_routes(network):
        to = f"to {way.to} " if way.to.prefixlen else ""
        rule = f"ip -{way.to.version} rule {{}} pref 50 {to}blackhole"
        yield Spot(seen.node.name, str(way.to), (rule.format("add"),), (rule.format("del"),))


def _blackhole_route(network: Network) -> Iterator[Spot]:
    """Replace a route with a blackhole route."""
    for seen, way in _static_routes(network):
        if seen.node.kind is not Kind.FRR:
            route = f"ip -{way.to.version} route {{}} blackhole {way.to}"
            gone = f"ip -{way.to.version} route del {way.to} via {way.via} dev {way.dev}"
            inject = (gone, route.format("add"))
            yield Spot(seen.node.name, str(way.to), inject, (route.format("del"), _typed(seen, way, way.via)))


def _loop(network: Network) -> Iterator[Spot]:
    """Make a router send packets for a host on its link back to the node that they came from."""
    for seen, way in _static_routes(network):
        port = seen.ports.get(way.dev)
        mine = next((h.ip for h in port.held if way.via in h.at.network), None) if port else None
        for owner, at in network.on_link(seen.node.name, way.dev) if mine else ():
            if not any(held.ip == way.via for held in at.held):
                continue
            for host in _hosts_beside(network, owner, seen, way):
                route = f"ip -{way.to.version} route {{}} {host}/{host.max_prefixlen} via {mine} dev {at.name}"
                yield Spot(owner.node.name, str(host), (route.format("add"),), (route.format("del"),))


def _hosts_beside(network: Network, router: Seen, seen: Seen, way: Way) -> Iterator[AnyAddress]:
    """Yield the addresses of hosts on the router's links to which this route of another node leads."""
    for end in network.lab.interfaces(router.node.name):
        for other, at in network.on_link(router.node.name, end.name):
            for held in at.held if other is not seen and not other.forwards(way.to.version) else ():
                if held.ip.version == way.to.version and held.ip in way.to and not held.link_local:
                    yield held.ip


def _bridged(network: Network) -> Iterator[Spot]:
    """Put an interface into a bridge that is down: the bridge takes all packets that arrive."""
    for seen in network.nodes.values():
        for end in network.lab.interfaces(seen.node.name):
            port = seen.ports.get(end.name)
            if port and port.held and not port.master and len(network.on_link(seen.node.name, end.name)) == 1:
                inject = f"ip link add name br9 type bridge; ip link set {port.name} master br9"
                yield Spot(seen.node.name, port.name, (inject,), ("ip link del br9",))


def _not_forwarding(network: Network) -> Iterator[Spot]:
    for seen in dict.fromkeys(seen.node.name for seen, _port in _routers(network)):
        node = network.nodes[seen]
        version = 6 if node.forwards(6) else 4
        if node.node.kind is Kind.FRR:
            line = "ipv6 forwarding" if version == 6 else "ip forwarding"
            lines: tuple[Lines, Lines] = (vtysh((), f"no {line}"),), (vtysh((), line),)
        else:
            lines = (f"sysctl -qw {FORWARDING[version]}=0",), (f"sysctl -qw {FORWARDING[version]}=1",)
        yield Spot(seen, f"ipv{version}", *lines)


type Rules = Callable[[Port], tuple[str, ...]]


def _firewall(name: str, hook: str, rules: Rules, network: Network) -> Iterator[Spot]:
    for seen, port in _routers(network):
        yield Spot(seen.node.name, port.name, *dropped(seen, name, hook, *rules(port)))


def _strict(port: Port) -> tuple[str, ...]:
    """Strict reverse path filtering: drop packets that arrive on another interface than the route back uses (RFC 3704)."""
    return (f"iifname {port.name} fib saddr . iif oif missing drop",)


def _rp_filter(network: Network) -> Iterator[Spot]:
    """Enable the kernel's own reverse path filter, which is for IPv4 only."""
    for seen, port in _routers(network):
        if any(held.at.version == 4 for held in port.held) and seen.forwards(4):
            was = seen.settings.get(f"net.ipv4.conf.{port.name}.rp_filter") or "0"
            lines = [f"sysctl -qw net.ipv4.conf.{port.name}.rp_filter={value}" for value in ("1", was)]
            yield Spot(seen.node.name, port.name, (lines[0],), (lines[1],))


def _too_big(network: Network) -> Iterator[Spot]:
    """Reduce the MTU of a link and drop the Packet Too Big messages."""
    for seen, port in _routers(network):
        inject, repair = dropped(seen, "quiet", "output", "icmpv6 type packet-too-big drop")
        small, large = (f"ip link set {port.name} mtu {mtu}" for mtu in (1300, port.mtu))
        yield Spot(seen.node.name, port.name, (small, *inject), (large, *repair))


def _one_hop(port: Port) -> tuple[str, ...]:
    return (f"iifname {port.name} ip6 hoplimit set 1",)


def _taken_address(network: Network) -> Iterator[Spot]:
    """Give a router the address of a host on one of its links: the router answers instead of the host."""
    for seen, _port in _routers(network):
        for end in network.lab.interfaces(seen.node.name):
            for other, at in network.on_link(seen.node.name, end.name):
                for held in at.held if other.node.kind is Kind.HOST else ():
                    if held.link_local or held.dynamic:
                        continue
                    add, drop = (f"ip addr {verb} {held.ip}/{held.ip.max_prefixlen} dev lo" for verb in ("add", "del"))
                    yield Spot(seen.node.name, str(held.ip), (add,), (drop,))


def _wrong_neighbour(network: Network) -> Iterator[Spot]:
    """Add a permanent neighbour entry with an unused MAC address."""
    for seen, way in _static_routes(network):
        entry = f"ip neigh {{}} {way.via} dev {way.dev}"
        inject = f"{entry.format('replace')} lladdr 02:00:00:00:be:ef nud permanent"
        yield Spot(seen.node.name, str(way.to), (inject,), (entry.format("del"),))


def _unanswered(port: Port) -> tuple[str, ...]:
    return (
        f"oifname {port.name} icmpv6 type echo-reply drop",
        f"oifname {port.name} tcp flags & (syn|ack) == syn|ack drop",
    )


FAULTS = (
    Fault("route-missing", "route-missing", _removed_route),
    Fault("route-hop", "route-hop", _wrong_hop),
    Fault("route-drops", "route-drops", _blackhole_route),
    Fault("route-loop", "route-loop", _loop),
    Fault("port-taken", "port-taken", _bridged),
    Fault("rule-blackhole", "rule-drops", _blackhole_rule),
    Fault("forwarding", "forwarding", _not_forwarding),
    Fault("firewall", "firewall", partial(_firewall, "fw", "forward", lambda port: (f"iifname {port.name} drop",))),
    Fault("firewall-replies", "firewall-state", partial(_firewall, "fw", "forward", _unanswered)),
    Fault("urpf", "urpf", partial(_firewall, "rpf", "prerouting", _strict)),
    Fault("rp-filter", "urpf", _rp_filter),
    Fault("too-big", "too-big", _too_big),
    Fault("hop-limit", "hop-limit", partial(_firewall, "hops", "prerouting", _one_hop)),
    Fault("address-taken", "address-taken", _taken_address),
    Fault("neighbour-wrong", "neighbour-wrong", _wrong_neighbour),
)
