"""Why packets do not come from one node to another and back: the way is walked by the tables of each node, there and back.

Where the tables are right, packets are sent and heard at each port of the way: where they stop something drops them.
"""

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from labs.engine.checks import reading
from labs.engine.checks.reading import AnyAddress
from labs.engine.diagnosis import filters
from labs.engine.diagnosis.causes import Cause, Look, cause, not_known
from labs.engine.diagnosis.filters import Packet
from labs.engine.diagnosis.links import carries, down, lost, taken
from labs.engine.seen import Answers, Asks, Network, Port, Seen, Way
from labs.engine.spec import Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _

MOST_HOPS = 12
PASSING = ("prerouting", "forward", "postrouting", "ingress", "egress")
type Deeper = Callable[[Network, Seen, AnyAddress], Iterator[Cause]]


@dataclass(frozen=True, slots=True)
class Hop:
    """A node on the way, and the ports by which packets come in and go out."""

    seen: Seen
    came_in: Port | None
    goes_out: Port | None


@dataclass(frozen=True, slots=True)
class Walk:
    hops: tuple[Hop, ...]
    causes: tuple[Cause, ...]  # why it ends before it arrives


def look(
    network: Network, node: Node, to: AnyAddress, at: str | None, source: AnyAddress | None, deeper: Deeper
) -> Look:
    """``at``: the node that should have the address. ``deeper`` says why a router lacks a route."""
    seen = network.nodes.get(node.name)
    if seen is None:
        return None
    there = walk(network, seen, to, at, deeper)
    if there.causes:
        return there.causes[0]
    origin = source or _source(there, to)
    back = walk(network, there.hops[-1].seen, origin, node.name, deeper) if origin else Walk((), ())
    if back.causes:
        return back.causes[0]
    points = [*_points(there, "there"), *_points(back, "back")]
    told = yield _sent(node, to, source, origin, points)
    return _where(there, back, points, to, origin, told)


def walk(network: Network, seen: Seen, to: AnyAddress, at: str | None, deeper: Deeper) -> Walk:
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
        if found := list(_stops(network, hops, seen, way, port, to, deeper)):
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
    deeper: Deeper,
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
        yield from deeper(network, seen, to)
        yield cause("route-missing", get, name, node=name, a=to)
        return
    if way and way.drops:
        yield from deeper(network, seen, to)
        yield cause("route-drops", get, name, node=name, a=to, b=way.drops)
    if way is None or port is None:
        return
    beside = network.on_link(name, port.name)
    if len(beside) == 1:
        yield from carries(network, seen, port, *beside[0])
    else:
        yield from down(seen, port)
    hop = way.via or to
    owner = next((other for other, at in beside if any(held.ip == hop for held in at.held)), None)
    if owner is None and beside and not (hop.version == 6 and hop in LINK_LOCAL):
        for other, _at in beside:
            yield from (each for each in lost(network, other, hop))
        yield cause("route-hop", get, name, node=name, a=to, b=hop)
    if owner and seen.fixed.get(hop):
        mac = next(at.mac for other, at in beside if any(held.ip == hop for held in at.held))
        if mac and mac != seen.fixed[hop]:
            yield cause("neighbour-wrong", f"ip neigh show {hop}", name, node=name, a=hop)


LINK_LOCAL = ipaddress.ip_network("fe80::/10")


def _own_end(network: Network, seen: Seen, port: Port, to: AnyAddress) -> Iterator[Cause]:
    """A port that is down, or has lost its IPv6, takes its routes with it."""
    if not any(end.name == port.name for end in network.lab.interfaces(seen.node.name)):
        return
    yield from down(seen, port)
    if to.version == 6:
        yield from taken(network, seen, port)


def _is_dropped(rule: dict[str, object] | object, to: AnyAddress) -> bool:
    fields = reading.fields(rule)
    if reading.text(fields.get("action")) not in ("blackhole", "unreachable", "prohibit"):
        return False
    of, length = reading.address(fields.get("dst")), reading.whole(fields.get("dstlen"))
    if of is None:
        return fields.get("dst") in (None, "all") and fields.get("src") in (None, "all")
    network = reading.network(f"{of}/{of.max_prefixlen if length is None else length}")
    return network is not None and network.version == to.version and to in network


def _next(network: Network, seen: Seen, way: Way, port: Port, to: AnyAddress) -> tuple[Seen, Port] | None:
    hop = way.via or to
    beside = network.on_link(seen.node.name, port.name)
    return next(((other, at) for other, at in beside if any(held.ip == hop for held in at.held)), None)


def _source(there: Walk, to: AnyAddress) -> AnyAddress | None:
    """The address that the kernel would send from: of the port that packets leave by, else another of the node."""
    origin = there.hops[0]
    ports = [port for port in (origin.goes_out, *origin.seen.ports.values()) if port]
    held = (
        one.ip
        for port in ports
        for one in port.held
        if one.ip.version == to.version and not one.link_local and one.usable
    )
    return next((ip for ip in held if not ip.is_loopback), None)


# Sending, and hearing where packets pass


@dataclass(frozen=True, slots=True)
class Point:
    direction: str
    hop: Hop
    port: Port
    inward: bool

    @property
    def part(self) -> str:
        return f"{self.direction} {self.port.name} {'in' if self.inward else 'out'}"


def _points(walk_: Walk, direction: str) -> Iterator[Point]:
    for hop in walk_.hops:
        if hop.came_in:
            yield Point(direction, hop, hop.came_in, inward=True)
        if hop.goes_out:
            yield Point(direction, hop, hop.goes_out, inward=False)


def _sent(
    node: Node, to: AnyAddress, source: AnyAddress | None, origin: AnyAddress | None, points: Sequence[Point]
) -> Asks:
    ping = {"ask": "ping", "node": node.name, "dst": str(to), "count": 8, "interval": 0.3, "seconds": 1.0}
    asks: Asks = {(node.name, "ping"): ping | {"source": str(source) if source else None, "at": None}}
    kind = "icmp6" if to.version == 6 else "icmp"
    for point in points:
        ends = (origin, to) if point.direction == "there" else (to, origin)
        words = f"{kind} and src host {ends[0]} and dst host {ends[1]}"
        name = point.hop.seen.node.name
        capture = {"ask": "capture", "node": name, "interface": point.port.name, "filter": words, "seconds": 3}
        asks[name, point.part] = capture
    return asks


def _where(
    there: Walk, back: Walk, points: Sequence[Point], to: AnyAddress, origin: AnyAddress | None, told: Answers
) -> Cause | None:
    """Where packets were heard last, and what is known of the place where they were not heard any more."""
    counts = [
        reading.whole(reading.fields(told.get((point.hop.seen.node.name, point.part))).get("count")) for point in points
    ]
    if not points or any(count is None for count in counts) or not counts[0]:
        return _all_heard(points, counts) if points and counts and counts[0] == 0 else None
    gone = next((number for number, count in enumerate(counts) if not count), None)
    if gone is None:
        return not_known([Text(_("Requests and answers were heard at each port of the way."))])
    last, here = points[gone - 1], points[gone]
    same = last.hop.seen is here.hop.seen
    found = next(_dropped(last, here, to, origin), None) if same or last.inward else None
    return found or not_known(_heard(last, here))


def _all_heard(points: Sequence[Point], counts: Sequence[int | None]) -> Cause | None:
    """Nothing left the first node."""
    name = points[0].hop.seen.node.name
    came = Packet(goes_out=points[0].port.name)
    if filters.dropping(points[0].hop.seen, came, "output", "postrouting", "egress"):
        return cause("firewall", "nft list ruleset", name, node=name)
    return not_known([Text(_("No packet left %(end)s."), end=f"{name}:{points[0].port.name}")])


def _dropped(last: Point, here: Point, to: AnyAddress, origin: AnyAddress | None) -> Iterator[Cause]:
    """What the node does with packets that come in at the last point and do not come out at this one."""
    seen, name = last.hop.seen, last.hop.seen.node.name
    six = to.version == 6
    answers = here.direction == "back" and last.direction == "back"
    kind = (129 if answers else 128) if six else (0 if answers else 8)
    ends = (to, origin) if answers else (origin, to)
    turned = last.direction != here.direction  # at the node that should answer
    packet = Packet(
        protocol=58 if six else 1,
        kind=kind,
        source=ends[0],
        destination=ends[1],
        came_in=last.port.name,
        goes_out=None if turned else here.port.name,
    )
    hooks = ("prerouting", "input", "output", "ingress", "egress", "postrouting") if turned else PASSING
    rules = filters.dropping(seen, packet, *hooks)
    if any(rule.looks_back for rule in rules):
        yield cause("urpf", "nft list ruleset", name, node=name)
    if not six and _is_strict(seen, last.port, ends[0]):
        yield cause("urpf", f"sysctl net.ipv4.conf.{last.port.name}.rp_filter", name, node=name)
    if rules:
        yield cause("firewall-state" if answers else "firewall", "nft list ruleset", name, node=name)
    if filters.changes_hop_limit(seen):
        yield cause("hop-limit", "nft list ruleset", name, node=name)


def _is_strict(seen: Seen, port: Port, source: AnyAddress | None) -> bool:
    """Whether the kernel itself drops what comes in by another port than the way back (rp_filter 1)."""
    values = [seen.settings.get(f"net.ipv4.conf.{which}.rp_filter", "0") for which in ("all", port.name)]
    way = seen.way_to(source) if source else None
    return max(values) == "1" and way is not None and way.dev != port.name


def _heard(last: Point, here: Point) -> Iterator[Text]:
    ends = [f"{point.hop.seen.node.name}:{point.port.name}" for point in (last, here)]
    requests = _("Requests were heard at %(last)s, and not any more at %(here)s.")
    answers = _("Answers were heard at %(last)s, and not any more at %(here)s.")
    turned = _("Requests came to %(last)s, and no answer left %(here)s.")
    sentence = requests if here.direction == "there" else answers if last.direction == "back" else turned
    yield Text(sentence, last=ends[0], here=ends[1])
    command = f"tcpdump -nn -i {here.port.name} icmp or icmp6"
    yield Text(_("To hear them, on %(node)s: %(command)s"), node=here.hop.seen.node.name, command=command)


# Sizes


def of_size(network: Network, node: Node, to: AnyAddress, deeper: Deeper) -> Cause | None:
    """Why large packets do not come through where small ones do."""
    seen = network.nodes.get(node.name)
    if seen is None:
        return None
    there = walk(network, seen, to, None, deeper)
    if there.causes:
        return there.causes[0]
    origin = _source(there, to)
    back = walk(network, there.hops[-1].seen, origin, node.name, deeper) if origin else Walk((), ())
    sizes = [hop.goes_out.mtu for hop in (*there.hops, *back.hops) if hop.goes_out and hop.goes_out.mtu]
    told = Packet(protocol=58, kind=2) if to.version == 6 else Packet(protocol=1, kind=3)
    for hop in (*there.hops, *back.hops):
        if filters.dropping(hop.seen, told, "input", "output", "forward", "prerouting", "postrouting") and sizes:
            name = hop.seen.node.name
            return cause("too-big", "nft list ruleset", name, node=name, a=min(sizes))
    widths = (f"{hop.seen.node.name}:{hop.goes_out.name} {hop.goes_out.mtu}" for hop in there.hops if hop.goes_out)
    return not_known([Text(_("The MTUs on the way are: %(sizes)s."), sizes=", ".join(widths))])
