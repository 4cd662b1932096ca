"""Faults on the way of packets: routes, forwarding, firewalls, source checks, sizes."""

from collections.abc import Callable, Iterator
from functools import partial

from labs.engine.adapters.node_state import FORWARDING, Network, Port, Seen, Way
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.definition.spec import Kind
from labs.engine.faults.base import Fault, Lines, Spot, dropped, vtysh, without


def _routers(network: Network) -> Iterator[tuple[Seen, Port]]:
    """Each port of the nodes that pass packets on between several."""
    for seen in network.nodes.values():
        ends = [end.name for end in network.lab.interfaces(seen.node.name) if end.name in seen.ports]
        if len(ends) > 1 and (seen.forwards(6) or seen.forwards(4)):
            for name in ends:
                yield seen, seen.ports[name]


def _by_hand(network: Network) -> Iterator[tuple[Seen, Way]]:
    """Routes that were typed in, with a next hop."""
    for seen in network.nodes.values():
        for way in seen.ways:
            if way.via and way.protocol in ("boot", "static"):
                yield seen, way


def _typed(seen: Seen, way: Way, via: object) -> str:
    return f"ip -{way.to.version} route replace {way.to} via {via} dev {way.dev}"


def _no_way(network: Network) -> Iterator[Spot]:
    for seen, way in _by_hand(network):
        line = seen.config.find(f"{'ipv6' if way.to.version == 6 else 'ip'} route {way.to}")
        if line:
            put_in, take_out = without(line)
            yield Spot(seen.node.name, str(way.to), (put_in,), (take_out,))
        elif seen.node.kind is not Kind.FRR:
            gone = f"ip -{way.to.version} route del {way.to} via {way.via} dev {way.dev}"
            yield Spot(seen.node.name, str(way.to), (gone,), (_typed(seen, way, way.via),))


def _wrong_hop(network: Network) -> Iterator[Spot]:
    """A next hop that nobody has."""
    for seen, way in _by_hand(network):
        port = seen.ports.get(way.dev)
        held = next((h for h in port.held if way.via in h.at.network), None) if port else None
        if not held or held.at.network.num_addresses < 16 or seen.node.kind is Kind.FRR:
            continue
        wrong = held.at.network.network_address + 0xE
        if wrong not in (way.via, held.ip):
            yield Spot(seen.node.name, str(way.to), (_typed(seen, way, wrong),), (_typed(seen, way, way.via),))


def _blackhole(network: Network) -> Iterator[Spot]:
    """A rule that sends packets to nowhere, before any table is looked at."""
    for seen, way in _by_hand(network):
        to = f"to {way.to} " if way.to.prefixlen else ""
        rule = f"ip -{way.to.version} rule {{}} pref 50 {to}blackhole"
        yield Spot(seen.node.name, str(way.to), (rule.format("add"),), (rule.format("del"),))


def _to_nowhere(network: Network) -> Iterator[Spot]:
    """A route that drops what it leads to, in the place of one that leads on."""
    for seen, way in _by_hand(network):
        if seen.node.kind is not Kind.FRR:
            route = f"ip -{way.to.version} route {{}} blackhole {way.to}"
            gone = f"ip -{way.to.version} route del {way.to} via {way.via} dev {way.dev}"
            put_in = (gone, route.format("add"))
            yield Spot(seen.node.name, str(way.to), put_in, (route.format("del"), _typed(seen, way, way.via)))


def _back_again(network: Network) -> Iterator[Spot]:
    """A router sends packets for a host beside it back to where they come from."""
    for seen, way in _by_hand(network):
        port = seen.ports.get(way.dev)
        mine = next((h.ip for h in port.held if way.via in h.at.network), None) if port else None
        for owner, at in network.on_link(seen.node.name, way.dev) if mine else ():
            if not any(held.ip == way.via for held in at.held):
                continue
            for host in _hosts_beside(network, owner, seen, way):
                route = f"ip -{way.to.version} route {{}} {host}/{host.max_prefixlen} via {mine} dev {at.name}"
                yield Spot(owner.node.name, str(host), (route.format("add"),), (route.format("del"),))


def _hosts_beside(network: Network, router: Seen, seen: Seen, way: Way) -> Iterator[AnyAddress]:
    """The addresses to which this route of another node leads, of hosts on a link of the router."""
    for end in network.lab.interfaces(router.node.name):
        for other, at in network.on_link(router.node.name, end.name):
            for held in at.held if other is not seen and not other.forwards(way.to.version) else ():
                if held.ip.version == way.to.version and held.ip in way.to and not held.link_local:
                    yield held.ip


def _bridged(network: Network) -> Iterator[Spot]:
    """A port is given to a bridge that is not up, which takes all that comes in."""
    for seen in network.nodes.values():
        for end in network.lab.interfaces(seen.node.name):
            port = seen.ports.get(end.name)
            if port and port.held and not port.master and len(network.on_link(seen.node.name, end.name)) == 1:
                put_in = f"ip link add name br9 type bridge; ip link set {port.name} master br9"
                yield Spot(seen.node.name, port.name, (put_in,), ("ip link del br9",))


def _not_forwarding(network: Network) -> Iterator[Spot]:
    for seen in dict.fromkeys(seen.node.name for seen, _port in _routers(network)):
        node = network.nodes[seen]
        version = 6 if node.forwards(6) else 4
        if node.node.kind is Kind.FRR:
            line = "ipv6 forwarding" if version == 6 else "ip forwarding"
            lines: tuple[Lines, Lines] = (vtysh((), f"no {line}"),), (vtysh((), line),)
        else:
            lines = tuple((f"sysctl -qw {FORWARDING[version]}={value}",) for value in (0, 1))  # type: ignore[assignment]
        yield Spot(seen, f"ipv{version}", *lines)


type Rules = Callable[[Port], tuple[str, ...]]


def _firewall(name: str, hook: str, rules: Rules, network: Network) -> Iterator[Spot]:
    for seen, port in _routers(network):
        yield Spot(seen.node.name, port.name, *dropped(seen, name, hook, *rules(port)))


def _strict(port: Port) -> tuple[str, ...]:
    """Reverse path filtering where packets come in by another port than the route back leads to (RFC 3704)."""
    return (f"iifname {port.name} fib saddr . iif oif missing drop",)


def _rp_filter(network: Network) -> Iterator[Spot]:
    """The kernel's own check, of IPv4 only."""
    for seen, port in _routers(network):
        if any(held.at.version == 4 for held in port.held) and seen.forwards(4):
            was = seen.settings.get(f"net.ipv4.conf.{port.name}.rp_filter") or "0"
            lines = [f"sysctl -qw net.ipv4.conf.{port.name}.rp_filter={value}" for value in ("1", was)]
            yield Spot(seen.node.name, port.name, (lines[0],), (lines[1],))


def _too_big(network: Network) -> Iterator[Spot]:
    """A link takes small packets only, and nobody hears of it."""
    for seen, port in _routers(network):
        put_in, take_out = dropped(seen, "quiet", "output", "icmpv6 type packet-too-big drop")
        small, large = (f"ip link set {port.name} mtu {mtu}" for mtu in (1300, port.mtu))
        yield Spot(seen.node.name, port.name, (small, *put_in), (large, *take_out))


def _one_hop(port: Port) -> tuple[str, ...]:
    return (f"iifname {port.name} ip6 hoplimit set 1",)


def _stolen(network: Network) -> Iterator[Spot]:
    """A router has the address of a host on another of its links: it answers in the host's place."""
    for seen, _port in _routers(network):
        for end in network.lab.interfaces(seen.node.name):
            for other, at in network.on_link(seen.node.name, end.name):
                for held in at.held if other.node.kind is Kind.HOST else ():
                    if held.link_local or held.dynamic:
                        continue
                    add, drop = (f"ip addr {verb} {held.ip}/{held.ip.max_prefixlen} dev lo" for verb in ("add", "del"))
                    yield Spot(seen.node.name, str(held.ip), (add,), (drop,))


def _wrong_neighbour(network: Network) -> Iterator[Spot]:
    """A permanent neighbour entry with a hardware address that nobody has."""
    for seen, way in _by_hand(network):
        entry = f"ip neigh {{}} {way.via} dev {way.dev}"
        put_in = f"{entry.format('replace')} lladdr 02:00:00:00:be:ef nud permanent"
        yield Spot(seen.node.name, str(way.to), (put_in,), (entry.format("del"),))


def _unanswered(port: Port) -> tuple[str, ...]:
    return (
        f"oifname {port.name} icmpv6 type echo-reply drop",
        f"oifname {port.name} tcp flags & (syn|ack) == syn|ack drop",
    )


FAULTS = (
    Fault("route-missing", "route-missing", _no_way),
    Fault("route-hop", "route-hop", _wrong_hop),
    Fault("route-drops", "route-drops", _to_nowhere),
    Fault("route-loop", "route-loop", _back_again),
    Fault("port-taken", "port-taken", _bridged),
    Fault("rule-blackhole", "rule-drops", _blackhole),
    Fault("forwarding", "forwarding", _not_forwarding),
    Fault("firewall", "firewall", partial(_firewall, "fw", "forward", lambda port: (f"iifname {port.name} drop",))),
    Fault("firewall-replies", "firewall-state", partial(_firewall, "fw", "forward", _unanswered)),
    Fault("urpf", "urpf", partial(_firewall, "rpf", "prerouting", _strict)),
    Fault("rp-filter", "urpf", _rp_filter),
    Fault("too-big", "too-big", _too_big),
    Fault("hop-limit", "hop-limit", partial(_firewall, "hops", "prerouting", _one_hop)),
    Fault("address-taken", "address-taken", _stolen),
    Fault("neighbour-wrong", "neighbour-wrong", _wrong_neighbour),
)
