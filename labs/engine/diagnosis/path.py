"""Why packets do not get from one node to another and back. The path is followed through the routing tables, there and back.

Where the tables are right, packets are sent and captured on each port of the path. Where they stop, something drops them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labs.engine.adapters import untrusted
from labs.engine.adapters.node_state import Answers, Asks, Network, Port, Seen
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.definition.spec import Node
from labs.engine.diagnosis import packet_filters
from labs.engine.diagnosis.causes import Cause, Look, cause, not_known
from labs.engine.diagnosis.packet_filters import Packet
from labs.engine.diagnosis.path_walk import Hop, Walk, WhyNoRoute, source_of, walk
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _

# The first capture and, if it was not clear, a longer one: on a busy machine a capture may begin late, or not at all.
CAPTURE_SECONDS = (3, 6)
PASSING = ("prerouting", "forward", "postrouting", "ingress", "egress")


def look(
    network: Network, node: Node, to: AnyAddress, at: str | None, source: AnyAddress | None, why_no_route: WhyNoRoute
) -> Look:
    """``at``: the node that should have the address. ``why_no_route`` explains why a router lacks a route."""
    seen = network.nodes.get(node.name)
    if seen is None:
        return None
    there = walk(network, seen, to, at, why_no_route)
    if there.causes:
        return there.causes[0]
    origin = source or source_of(there, to)
    back = walk(network, there.hops[-1].seen, origin, node.name, why_no_route) if origin else Walk((), ())
    if back.causes:
        return back.causes[0]
    points = [*_points(there, "there"), *_points(back, "back")]
    captured: list[int | None] = [None] * len(points)
    for seconds in CAPTURE_SECONDS:
        answers = yield _sent(node, to, source, origin, points, seconds)
        captured = [_more(before, point, answers) for before, point in zip(captured, points, strict=True)]
        if _is_clear(captured):
            break
    return _disappearance(points, captured, to, origin)


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
    seconds: int,
) -> Asks:
    paced = {"count": 3 * seconds, "interval": 0.3, "seconds": seconds / 2}
    ping = {"ask": "ping", "node": node.name, "dst": str(to), **paced}
    asks: Asks = {(node.name, "ping"): ping | {"source": str(source) if source else None, "at": None}}
    kind = "icmp6" if to.version == 6 else "icmp"
    for point in points:
        ends = (origin, to) if point.direction == "there" else (to, origin)
        words = f"{kind} and src host {ends[0]} and dst host {ends[1]}"
        name = point.hop.seen.node.name
        capture = {"ask": "capture", "node": name, "interface": point.port.name, "filter": words}
        asks[name, point.part] = capture | {"seconds": seconds, "lines": False}
    return asks


def _more(before: int | None, point: Point, answers: Answers) -> int | None:
    """How many packets were captured here so far; None if no capture was made."""
    answer = untrusted.fields(answers.get((point.hop.seen.node.name, point.part)))
    now = untrusted.whole(answer.get("count")) if answer.get("ok") is True else None
    return before if now is None else max(now, before or 0)


def _last(captured: Sequence[int | None]) -> int:
    """The last point where packets were captured. They have passed all points before it, whatever was captured there."""
    return max((number for number, count in enumerate(captured) if count), default=-1)


def _is_clear(captured: Sequence[int | None]) -> bool:
    """Whether the capture after the last point shows no packet, or packets were captured at every point."""
    return captured[_last(captured) + 1 :][:1] in ([], [0])


def _disappearance(
    points: Sequence[Point], captured: Sequence[int | None], to: AnyAddress, origin: AnyAddress | None
) -> Cause | None:
    """Where packets were captured last, and what is known about the node where they disappear."""
    gone = _last(captured) + 1
    if not points:
        return None
    if gone == len(points):
        return not_known([Text(_("Requests and replies were captured on each port of the path."))])
    if captured[gone] is None:
        return not_known(_not_captured(points, gone))
    if gone == 0:
        return _nothing_left(points[0])
    last, here = points[gone - 1], points[gone]
    same = last.hop.seen is here.hop.seen
    found = next(_dropped(last, here, to, origin), None) if same or last.inward else None
    return found or not_known(_disappeared(last, here))


def _not_captured(points: Sequence[Point], gone: int) -> Iterator[Text]:
    """It is not known whether packets came this far."""
    if gone:
        yield Text(_("Packets were captured at %(end)s."), end=points[gone - 1].end)
    yield Text(_("No capture was possible at %(end)s: the node did not answer in time."), end=points[gone].end)


def _nothing_left(point: Point) -> Cause | None:
    """No packet left the first node."""
    seen = point.hop.seen
    if packet_filters.dropping(seen, Packet(goes_out=point.port.name), "output", "postrouting", "egress"):
        return cause("firewall", "nft list ruleset", seen.node.name, node=seen.node.name)
    return not_known([Text(_("No packet left %(end)s."), end=point.end)])


def _dropped(last: Point, here: Point, to: AnyAddress, origin: AnyAddress | None) -> Iterator[Cause]:
    """What the node does with packets that arrive at the last point and do not leave at this one."""
    seen, name = last.hop.seen, last.hop.seen.node.name
    six = to.version == 6
    answers = here.direction == "back" and last.direction == "back"
    kind = (129 if answers else 128) if six else (0 if answers else 8)
    ends = (to, origin) if answers else (origin, to)
    turned = last.direction != here.direction  # at the node that should reply
    packet = Packet(
        protocol=58 if six else 1,
        kind=kind,
        source=ends[0],
        destination=ends[1],
        came_in=last.port.name,
        goes_out=None if turned else here.port.name,
    )
    hooks = ("prerouting", "input", "output", "ingress", "egress", "postrouting") if turned else PASSING
    rules = packet_filters.dropping(seen, packet, *hooks)
    if any(rule.looks_back for rule in rules):
        yield cause("urpf", "nft list ruleset", name, node=name)
    if not six and _is_strict(seen, last.port, ends[0]):
        yield cause("urpf", f"sysctl net.ipv4.conf.{last.port.name}.rp_filter", name, node=name)
    if rules:
        yield cause("firewall-state" if answers else "firewall", "nft list ruleset", name, node=name)
    if packet_filters.changes_hop_limit(seen):
        yield cause("hop-limit", "nft list ruleset", name, node=name)


def _is_strict(seen: Seen, port: Port, source: AnyAddress | None) -> bool:
    """Whether the kernel drops packets that arrive on another port than the route back uses (rp_filter 1)."""
    values = [seen.settings.get(f"net.ipv4.conf.{which}.rp_filter", "0") for which in ("all", port.name)]
    way = seen.way_to(source) if source else None
    return max(values) == "1" and way is not None and way.dev != port.name


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
    """Why large packets do not arrive where small ones do."""
    seen = network.nodes.get(node.name)
    if seen is None:
        return None
    there = walk(network, seen, to, None, why_no_route)
    if there.causes:
        return there.causes[0]
    origin = source_of(there, to)
    back = walk(network, there.hops[-1].seen, origin, node.name, why_no_route) if origin else Walk((), ())
    sizes = [hop.goes_out.mtu for hop in (*there.hops, *back.hops) if hop.goes_out and hop.goes_out.mtu]
    too_big = Packet(protocol=58, kind=2) if to.version == 6 else Packet(protocol=1, kind=3)
    for hop in (*there.hops, *back.hops):
        if (
            packet_filters.dropping(hop.seen, too_big, "input", "output", "forward", "prerouting", "postrouting")
            and sizes
        ):
            name = hop.seen.node.name
            return cause("too-big", "nft list ruleset", name, node=name, a=min(sizes))
    widths = (f"{hop.seen.node.name}:{hop.goes_out.name} {hop.goes_out.mtu}" for hop in there.hops if hop.goes_out)
    return not_known([Text(_("The MTUs on the path are: %(sizes)s."), sizes=", ".join(widths))])
