"""Finds why packets do not reach a node, or why its replies do not come back. It follows both paths through the routing tables.

If the tables are right, it sends packets and captures them on each port of the path. Something drops them after the last port
that shows them.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from labs.engine.adapters import node_state, untrusted
from labs.engine.adapters.node_state import FILTERS, Answers, Asks, Held, Network, Port, Seen
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.definition.spec import Node
from labs.engine.diagnosis import packet_filters, reverse_path
from labs.engine.diagnosis.causes import Cause, Search, cause, nearest, not_known
from labs.engine.diagnosis.packet_filters import Packet, Rule
from labs.engine.diagnosis.path_walk import Hop, Walk, WhyNoRoute, source_of, walk
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _

# With the questions before it, a capture ends within the 2 seconds that a diagnosis may take: so there is only one.
CAPTURE_SECONDS = 0.6
PROBES = 10  # packets for each second of a capture
LATE = 0.3  # seconds after which a capture may still begin: for so long more packets are sent
PASSING = ("ingress", "prerouting", "forward", "postrouting", "egress")
LEAVING = ("output", "postrouting", "egress")


def search(
    network: Network, node: Node, to: AnyAddress, at: str | None, source: AnyAddress | None, why_no_route: WhyNoRoute
) -> Search:
    """``at``: the node that should have the address. ``why_no_route`` explains why a router lacks a route."""
    seen = network.nodes.get(node.name)
    if seen is None:
        return None
    there = walk(network, seen, to, at, why_no_route)
    if there.causes:
        return nearest(there.causes)
    origin = source or source_of(there, to)
    back = walk(network, there.hops[-1].seen, origin, node.name, why_no_route) if origin else Walk((), ())
    if back.causes:
        return (_left_over(network, seen, origin) if origin and not source else None) or nearest(back.causes)
    points = [*_points(there, "there"), *_points(back, "back")]
    answers = yield _sent(node, to, source, origin, points)
    captured = [_captured(point, answers) for point in points]
    return (yield from _disappearance(points, captured, to, origin))


def _left_over(network: Network, seen: Seen, origin: AnyAddress) -> Cause | None:
    """Return the reason for missing replies if the host sends from an address of a prefix that its routers no longer have."""
    name = seen.node.name
    for port in seen.ports.values():
        mine = next((held for held in port.held if held.ip == origin and held.dynamic and held.ip.version == 6), None)
        link = network.on_link(name, port.name)
        if mine is None or not all(node_state.PORTS in other.answered for other, _at in link):
            continue
        if not any(mine.ip in held.at.network for other, at in link for held in at.held if _is_own(other, held)):
            return cause("address-left-over", f"ip -6 addr show dev {port.name}", name, node=name, a=mine.ip)
    return None


def _is_own(other: Seen, held: Held) -> bool:
    """Whether the node has the address as a router: typed, or leased as part of a delegated prefix. A host took it from one."""
    return not held.dynamic or other.settings.get("net.ipv6.conf.all.forwarding") == "1"


# Sending packets, and capturing them on the path


@dataclass(frozen=True, slots=True)
class Point:
    direction: str
    hop: Hop
    port: Port
    inward: bool

    @property
    def end(self) -> str:
        return f"{self.hop.seen.node.name}:{self.port.name}"

    @property
    def part(self) -> str:
        return f"{self.direction} {self.port.name} {'in' if self.inward else 'out'}"


def _points(walked: Walk, direction: str) -> Iterator[Point]:
    for hop in walked.hops:
        if hop.came_in:
            yield Point(direction, hop, hop.came_in, inward=True)
        if hop.goes_out:
            yield Point(direction, hop, hop.goes_out, inward=False)


def _sent(
    node: Node,
    to: AnyAddress,
    source: AnyAddress | None,
    origin: AnyAddress | None,
    points: Sequence[Point],
) -> Asks:
    paced = {"count": round(PROBES * (CAPTURE_SECONDS + LATE)), "interval": 1 / PROBES, "seconds": 0.2}
    ping = {"ask": "ping", "node": node.name, "dst": str(to), **paced}
    asks: Asks = {(node.name, "ping"): ping | {"source": str(source) if source else None, "at": None}}
    kind = "icmp6" if to.version == 6 else "icmp"
    for point in points:
        ends = (origin, to) if point.direction == "there" else (to, origin)
        words = f"{kind} and src host {ends[0]} and dst host {ends[1]}"
        name = point.hop.seen.node.name
        capture = {"ask": "capture", "node": name, "interface": point.port.name, "filter": words}
        asks[name, point.part] = capture | {"seconds": CAPTURE_SECONDS, "lines": False}
    return asks


def _captured(point: Point, answers: Answers) -> int | None:
    """Return the number of packets that were captured here; None if no capture was made."""
    answer = untrusted.fields(answers.get((point.hop.seen.node.name, point.part)))
    return untrusted.whole(answer.get("count")) if answer.get("ok") is True else None


def _last(captured: Sequence[int | None]) -> int:
    """The last point where packets were captured. They have passed all points before it, whatever was captured there."""
    return max((number for number, count in enumerate(captured) if count), default=-1)


def _disappearance(
    points: Sequence[Point], captured: Sequence[int | None], to: AnyAddress, origin: AnyAddress | None
) -> Search:
    """Find where packets were captured last, and what is known about the node where they disappear."""
    gone = _last(captured) + 1
    if not points:
        return None
    if gone == len(points):
        return not_known([Text(_("Requests and replies were captured on each port of the path."))])
    if captured[gone] is None:
        return not_known(_not_captured(points, gone))
    if gone == 0:
        return _nothing_left(points[0], to, origin)
    last, here = points[gone - 1], points[gone]
    if last.hop.seen is not here.hop.seen and not last.inward:
        return not_known(_disappeared(last, here))
    tried = _tried(last, here, to, origin, frozenset(p.hop.seen.node.name for p in points if p.direction == "there"))
    if found := next(_dropped(last, tried), None):
        return found
    observed = list(_disappeared(last, here))
    if rules := [rule for packet, hooks in tried for rule in packet_filters.doubtful(last.hop.seen, packet, *hooks)]:
        if (yield from _counted(last.hop.seen, rules)):
            return _by_filter(last.hop.seen.node.name, tried)
        words = {"node": last.hop.seen.node.name, "command": "nft list ruleset"}
        observed.append(Text(_("%(node)s has rules that could drop these packets. To see them: %(command)s"), **words))
    return not_known(observed)


def _not_captured(points: Sequence[Point], gone: int) -> Iterator[Text]:
    """It is not known whether packets came this far."""
    if gone:
        yield Text(_("Packets were captured at %(end)s."), end=points[gone - 1].end)
    yield Text(_("No capture was possible at %(end)s."), end=points[gone].end)


def _nothing_left(point: Point, to: AnyAddress, origin: AnyAddress | None) -> Cause | None:
    """No packet left the first node."""
    seen = point.hop.seen
    if packet_filters.dropping(seen, replace(_request(to, origin), goes_out=point.port.name), *LEAVING):
        return cause("firewall", "nft list ruleset", seen.node.name, node=seen.node.name)
    return not_known([Text(_("No packet left %(end)s."), end=point.end)])


def _request(to: AnyAddress, origin: AnyAddress | None) -> Packet:
    protocol, kind = (58, 128) if to.version == 6 else (1, 8)
    return Packet(protocol=protocol, kind=kind, source=origin, destination=to, state="new")


def _reply(to: AnyAddress, origin: AnyAddress | None, state: str) -> Packet:
    """``state``: of the connection. A node that has not seen the request takes the reply as invalid."""
    protocol, kind = (58, 129) if to.version == 6 else (1, 0)
    return Packet(protocol=protocol, kind=kind, source=to, destination=origin, state=state)


type Tried = tuple[tuple[Packet, tuple[str, ...]], ...]  # packets, each with the hooks that it passes


def _tried(last: Point, here: Point, to: AnyAddress, origin: AnyAddress | None, there: frozenset[str]) -> Tried:
    """Try which packets pass the node between these points. ``there``: the nodes that see the requests."""
    request = _request(to, origin)
    reply = _reply(to, origin, "established" if last.hop.seen.node.name in there else "invalid")
    if last.direction != here.direction:  # at the node that should reply
        came, goes = replace(request, came_in=last.port.name), replace(reply, goes_out=here.port.name)
        return (came, ("ingress", "prerouting", "input")), (goes, LEAVING)
    packet = reply if here.direction == "back" else request
    return ((replace(packet, came_in=last.port.name, goes_out=here.port.name), PASSING),)


def _dropped(last: Point, tried: Tried) -> Iterator[Cause]:
    """Yield what the node certainly does with packets that arrive at the last point and do not leave at the next one."""
    seen, name = last.hop.seen, last.hop.seen.node.name
    rules = [rule for packet, hooks in tried for rule in packet_filters.dropping(seen, packet, *hooks)]
    source = tried[0][0].source
    if any(rule.looks_back for rule in rules):
        yield cause("urpf", "nft list ruleset", name, node=name)
    if source and source.version == 4 and _is_strict(seen, last.port, source):
        # The kernel takes the higher one of the two.
        keys = " ".join(f"net.ipv4.conf.{which}.rp_filter" for which in ("all", last.port.name))
        yield cause("urpf", f"sysctl {keys}", name, node=name)
    if rules:
        yield _by_filter(name, tried)
    if packet_filters.changes_hop_limit(seen):
        yield cause("hop-limit", "nft list ruleset", name, node=name)


def _by_filter(name: str, tried: Tried) -> Cause:
    answers = all(packet.kind in (0, 129) for packet, _hooks in tried)
    return cause("firewall-state" if answers else "firewall", "nft list ruleset", name, node=name)


def _counted(seen: Seen, rules: Sequence[Rule]) -> Generator[Asks, Answers, bool]:
    """Whether one of these rules, which may match or not, has dropped the probe: the kernel has counted it there."""
    name = seen.node.name
    answers = yield {(name, FILTERS): {"ask": "nft", "node": name}}
    now = replace(seen, filters=node_state.rule_set(untrusted.fields(answers.get((name, FILTERS)))))
    return packet_filters.counted(seen, now, rules, least=round(PROBES * CAPTURE_SECONDS)) is not None


def _is_strict(seen: Seen, port: Port, source: AnyAddress | None) -> bool:
    """Whether the kernel drops packets that arrive on another port than the route back uses."""
    of_all, of_port = (seen.settings.get(f"net.ipv4.conf.{which}.rp_filter", "0") for which in ("all", port.name))
    way = seen.way_to(source) if source else None
    has_ipv4 = any(held.ip.version == 4 for held in port.held)
    return way is not None and way.dev != port.name and reverse_path.is_strict(of_all, of_port, has_ipv4=has_ipv4)


def _disappeared(last: Point, here: Point) -> Iterator[Text]:
    requests = _("Requests were captured at %(last)s, but not at %(here)s.")
    answers = _("Replies were captured at %(last)s, but not at %(here)s.")
    turned = _("Requests arrived at %(last)s, but no reply left %(here)s.")
    sentence = requests if here.direction == "there" else answers if last.direction == "back" else turned
    yield Text(sentence, last=last.end, here=here.end)
    command = f"tcpdump -nn -i {here.port.name} icmp or icmp6"
    yield Text(_("To capture them, on %(node)s: %(command)s"), node=here.hop.seen.node.name, command=command)


# Sizes


def of_size(network: Network, node: Node, to: AnyAddress, why_no_route: WhyNoRoute) -> Cause | None:
    """Return the reason why large packets do not arrive where small ones do."""
    seen = network.nodes.get(node.name)
    if seen is None:
        return None
    there = walk(network, seen, to, None, why_no_route)
    if there.causes:
        return nearest(there.causes)
    origin = source_of(there, to)
    back = walk(network, there.hops[-1].seen, origin, node.name, why_no_route) if origin else Walk((), ())
    for walked in (there, back):
        if found := _without_too_big(walked, to.version):
            return found
    widths = [f"{hop.seen.node.name}:{hop.goes_out.name} {hop.goes_out.mtu}" for hop in there.hops if hop.goes_out]
    told = [Text(_("The MTUs on the path are: %(sizes)s."), sizes=", ".join(widths))]
    return not_known(told if widths else [])


def _without_too_big(walked: Walk, version: int) -> Cause | None:
    """Return the node that drops Packet Too Big on its way back to the sender of the packets, if a later link is smaller.

    The router before the smaller link sends it (output), routers before that forward it, and the sender receives it (input).
    """
    leaving = [(hop.seen, hop.goes_out.mtu) for hop in walked.hops if hop.goes_out and hop.goes_out.mtu]
    smallest = min((mtu for _seen, mtu in leaving), default=0)
    if not leaving or smallest >= leaving[0][1]:
        return None
    too_big = replace(Packet(protocol=58, kind=2) if version == 6 else Packet(protocol=1, kind=3), state="related")
    last = next(number for number, (_seen, mtu) in enumerate(leaving) if mtu == smallest)
    for number, (seen, mtu) in enumerate(leaving[: last + 1]):
        sends = ("output", "postrouting") if number and mtu < min(before for _seen, before in leaving[:number]) else ()
        passes = ("prerouting", "forward", "postrouting") if number < last else ()
        hooks = ("prerouting", "input") if number == 0 else (*sends, *passes)
        if packet_filters.dropping(seen, too_big, *hooks):
            return cause("too-big", "nft list ruleset", seen.node.name, node=seen.node.name, a=smallest)
    return None
