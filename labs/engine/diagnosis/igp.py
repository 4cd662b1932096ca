"""Why two routers are no neighbours in OSPFv2 or IS-IS: what carries their link, then what both ends are set to."""

from collections.abc import Iterator

from labs.engine.adapters import reading
from labs.engine.adapters.node_state import Network, Port, Seen
from labs.engine.definition.spec import Kind, Node
from labs.engine.diagnosis import filters
from labs.engine.diagnosis.causes import Cause, cause, first, shell
from labs.engine.diagnosis.filters import Packet
from labs.engine.diagnosis.links import carries

type End = tuple[Seen, Port]

OSPF = 89  # the IP protocol


def look(network: Network, node: Node, name: str, daemon: str) -> Cause | None:
    """``name``: the interface on which a neighbour is wanted. Of IS-IS only what is below it is known."""
    seen = network.nodes.get(node.name)
    port = seen.ports.get(name) if seen else None
    if seen is None or port is None:
        return None
    ends = [(other, at) for other, at in network.on_link(node.name, name) if other.node.kind in (Kind.FRR, Kind.BIRD)]
    return first(_why(network, (seen, port), ends[0], daemon)) if ends else None


def _why(network: Network, mine: End, theirs: End, daemon: str) -> Iterator[Cause]:
    yield from (each for each in carries(network, *mine, *theirs) if each.name != "ipv6-disabled")
    for seen, _port in (mine, theirs):
        if seen.node.kind is Kind.FRR and daemon in seen.silent:
            yield cause("daemon-down", "ps -e", seen.node.name, a=daemon, node=seen.node.name)
    if daemon == "ospfd":
        yield from _of_ospf(mine, theirs)


def _of_ospf(mine: End, theirs: End) -> Iterator[Cause]:
    for seen, port in (mine, theirs):
        if seen.config.find("ip ospf passive", f"interface {port.name}"):
            yield _shown("ospf-passive", (seen, port), end=_named((seen, port)))
    pairs = {"ospf-area": (_area(mine), _area(theirs)), "ospf-timers": (_timers(mine), _timers(theirs))}
    for name, (a, b) in pairs.items():
        if a and b and a != b:
            yield _shown(name, theirs, end=_named(mine), other=_named(theirs), a=a, b=b)
    inward, outward = ("prerouting", "input", "ingress"), ("output", "postrouting", "egress")
    for seen, port in (mine, theirs):
        came, goes = Packet(protocol=OSPF, came_in=port.name), Packet(protocol=OSPF, goes_out=port.name)
        if filters.dropping(seen, came, *inward) or filters.dropping(seen, goes, *outward):
            yield cause("ospf-filter", "nft list ruleset", seen.node.name, node=seen.node.name)
    sizes = [port.mtu for _seen, port in (mine, theirs)]
    ignored = any(seen.config.find("ip ospf mtu-ignore", f"interface {port.name}") for seen, port in (mine, theirs))
    if all(sizes) and sizes[0] != sizes[1] and not ignored:
        yield _shown("mtu", theirs, end=_named(mine), other=_named(theirs), a=sizes[0], b=sizes[1])


def _named(end: End) -> str:
    return f"{end[0].node.name}:{end[1].name}"


def _shown(name: str, at: End, **words: object) -> Cause:
    node = at[0].node
    return cause(name, shell(node, f"show ip ospf interface {at[1].name}", "show ospf interface"), node.name, **words)


def _area(end: End) -> str:
    """Of FRR, where it stands below the interface; else it is not known."""
    written = end[0].config.after("ip ospf area", f"interface {end[1].name}")
    return str(reading.area(written) or "") if written else ""


def _timers(end: End) -> str:
    """Of FRR; BIRD's are not known."""
    seen, mode = end[0], f"interface {end[1].name}"
    if seen.node.kind is not Kind.FRR or not seen.config.heads("router ospf"):
        return ""
    hello = seen.config.after("ip ospf hello-interval", mode) or "10"
    return f"{hello}/{seen.config.after('ip ospf dead-interval', mode) or 40}"
