"""Why packets do not come from one node to another and back: the way is walked there and back.

Where the tables are right, packets are sent and heard at each port of the way: where they stop something drops them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labs.engine.adapters import reading
from labs.engine.adapters.node_state import Answers, Asks, Network, Port, Seen
from labs.engine.adapters.reading import AnyAddress
from labs.engine.definition.spec import Node
from labs.engine.diagnosis import filters
from labs.engine.diagnosis.causes import Cause, Look, cause, not_known
from labs.engine.diagnosis.filters import Packet
from labs.engine.diagnosis.walking import Deeper, Hop, Walk, source_of, walk
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _

LISTENS = (3, 6)  # seconds, one time after the other: on a busy computer one that listens begins late, or not at all
PASSING = ("prerouting", "forward", "postrouting", "ingress", "egress")


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
    origin = source or source_of(there, to)
    back = walk(network, there.hops[-1].seen, origin, node.name, deeper) if origin else Walk((), ())
    if back.causes:
        return back.causes[0]
    points = [*_points(there, "there"), *_points(back, "back")]
    heard: list[int | None] = [None] * len(points)
    for seconds in LISTENS:
        told = yield _sent(node, to, source, origin, points, seconds)
        heard = [_more(before, point, told) for before, point in zip(heard, points, strict=True)]
        if _is_clear(heard):
            break
    return _where(points, heard, to, origin)


# Sending, and hearing where packets pass


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


def _points(walk_: Walk, direction: str) -> Iterator[Point]:
    for hop in walk_.hops:
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
        listen = {"ask": "capture", "node": name, "interface": point.port.name, "filter": words}
        asks[name, point.part] = listen | {"seconds": seconds, "lines": False}
    return asks


def _more(before: int | None, point: Point, told: Answers) -> int | None:
    """How many packets were heard here so far; None if nobody listened."""
    answer = reading.fields(told.get((point.hop.seen.node.name, point.part)))
    now = reading.whole(answer.get("count")) if answer.get("ok") is True else None
    return before if now is None else max(now, before or 0)


def _last(heard: Sequence[int | None]) -> int:
    """The last point where packets were heard; they have passed those before it, whatever was heard there."""
    return max((number for number, count in enumerate(heard) if count), default=-1)


def _is_clear(heard: Sequence[int | None]) -> bool:
    """Whether somebody listened in vain right after the last point, or all was heard."""
    return heard[_last(heard) + 1 :][:1] in ([], [0])


def _where(
    points: Sequence[Point], heard: Sequence[int | None], to: AnyAddress, origin: AnyAddress | None
) -> Cause | None:
    """Where packets were heard last, and what is known of the place where they were not heard any more."""
    gone = _last(heard) + 1
    if not points:
        return None
    if gone == len(points):
        return not_known([Text(_("Requests and answers were heard at each port of the way."))])
    if heard[gone] is None:
        return not_known(_not_listened(points, gone))
    if gone == 0:
        return _nothing_left(points[0])
    last, here = points[gone - 1], points[gone]
    same = last.hop.seen is here.hop.seen
    found = next(_dropped(last, here, to, origin), None) if same or last.inward else None
    return found or not_known(_heard(last, here))


def _not_listened(points: Sequence[Point], gone: int) -> Iterator[Text]:
    """Nobody knows whether packets came this far."""
    if gone:
        yield Text(_("Packets were heard at %(end)s."), end=points[gone - 1].end)
    yield Text(_("Nothing could be heard at %(end)s: it did not answer in time."), end=points[gone].end)


def _nothing_left(point: Point) -> Cause | None:
    """Nothing left the first node."""
    seen = point.hop.seen
    if filters.dropping(seen, Packet(goes_out=point.port.name), "output", "postrouting", "egress"):
        return cause("firewall", "nft list ruleset", seen.node.name, node=seen.node.name)
    return not_known([Text(_("No packet left %(end)s."), end=point.end)])


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
    requests = _("Requests were heard at %(last)s, and not any more at %(here)s.")
    answers = _("Answers were heard at %(last)s, and not any more at %(here)s.")
    turned = _("Requests came to %(last)s, and no answer left %(here)s.")
    sentence = requests if here.direction == "there" else answers if last.direction == "back" else turned
    yield Text(sentence, last=last.end, here=here.end)
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
    origin = source_of(there, to)
    back = walk(network, there.hops[-1].seen, origin, node.name, deeper) if origin else Walk((), ())
    sizes = [hop.goes_out.mtu for hop in (*there.hops, *back.hops) if hop.goes_out and hop.goes_out.mtu]
    told = Packet(protocol=58, kind=2) if to.version == 6 else Packet(protocol=1, kind=3)
    for hop in (*there.hops, *back.hops):
        if filters.dropping(hop.seen, told, "input", "output", "forward", "prerouting", "postrouting") and sizes:
            name = hop.seen.node.name
            return cause("too-big", "nft list ruleset", name, node=name, a=min(sizes))
    widths = (f"{hop.seen.node.name}:{hop.goes_out.name} {hop.goes_out.mtu}" for hop in there.hops if hop.goes_out)
    return not_known([Text(_("The MTUs on the way are: %(sizes)s."), sizes=", ".join(widths))])
