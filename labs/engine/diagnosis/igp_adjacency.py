"""Finds why two routers are not neighbours in OSPFv2 or IS-IS: the link first, then the settings of both ends."""

import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.adapters.daemons import daemon_of, is_frr, is_router
from labs.engine.adapters.node_state import Network, Port, Seen
from labs.engine.definition.spec import Node
from labs.engine.diagnosis import known_state, packet_filters
from labs.engine.diagnosis.causes import Cause, cause, first, with_each
from labs.engine.diagnosis.links_and_addresses import carries
from labs.engine.diagnosis.packet_filters import Packet

type End = tuple[Seen, Port]

OSPF = 89  # its IP protocol number
ALL_ROUTERS = ipaddress.ip_address("224.0.0.5")


def search(network: Network, node: Node, name: str, daemon: str) -> Cause | None:
    """``name``: the interface on which a neighbour is expected. For IS-IS only the link and the daemon are examined."""
    seen = network.nodes.get(node.name)
    port = seen.ports.get(name) if seen else None
    if seen is None or port is None:
        return None
    ends = [(other, at) for other, at in network.on_link(node.name, name) if is_router(other.node)]
    return with_each([first(_why(network, (seen, port), end, daemon)) for end in ends])


def _why(network: Network, mine: End, theirs: End, daemon: str) -> Iterator[Cause]:
    yield from (each for each in carries(network, *mine, *theirs) if each.name != "ipv6-disabled")
    for seen, _port in (mine, theirs):
        if daemon in seen.silent:
            yield cause("daemon-down", "ps -e", seen.node.name, a=daemon, node=seen.node.name)
    if daemon == "ospfd":
        yield from _of_ospf(mine, theirs)


def _of_ospf(mine: End, theirs: End) -> Iterator[Cause]:
    enabled = [_is_on(end) for end in (mine, theirs)]
    for end, on, other in zip((mine, theirs), enabled, reversed(enabled), strict=True):
        if other and on is False:
            yield _shown("ospf2-not-on", end, end=_named(end))
    for seen, port in (mine, theirs):
        if seen.config.find("ip ospf passive", f"interface {port.name}"):
            yield _shown("ospf-passive", (seen, port), end=_named((seen, port)))
    pairs = {"ospf-area": (_area(mine), _area(theirs)), "ospf-timers": (_timers(mine), _timers(theirs))}
    for name, (a, b) in pairs.items():
        if a and b and a != b:
            yield _shown(name, theirs, end=_named(mine), other=_named(theirs), a=a, b=b)
    inward, outward = ("prerouting", "input", "ingress"), ("output", "postrouting", "egress")
    for seen, port in (mine, theirs):
        hello = Packet(protocol=OSPF, destination=ALL_ROUTERS, state="new")
        came, goes = replace(hello, came_in=port.name), replace(hello, goes_out=port.name)
        if packet_filters.dropping(seen, came, *inward) or packet_filters.dropping(seen, goes, *outward):
            yield cause("ospf-filter", "nft list ruleset", seen.node.name, node=seen.node.name)
    sizes = [port.mtu for _seen, port in (mine, theirs)]
    ignored = any(seen.config.find("ip ospf mtu-ignore", f"interface {port.name}") for seen, port in (mine, theirs))
    # Only the end with the smaller MTU refuses the exchange, and BIRD only warns.
    smaller = mine if sizes[0] < sizes[1] else theirs
    if all(sizes) and sizes[0] != sizes[1] and is_frr(smaller[0].node) and not ignored:
        yield _shown("mtu", theirs, end=_named(mine), other=_named(theirs), a=sizes[0], b=sizes[1])


def _is_on(end: End) -> bool | None:
    """Whether FRR's configuration enables OSPF on the port; None if it is not known, as a network statement may do so too."""
    seen, port = end
    if seen.config.after("ip ospf area", f"interface {port.name}"):
        return True
    networks = [
        line for head in seen.config.heads("router ospf") for line in seen.config.within(head) if line.rest("network")
    ]
    return None if networks or not is_frr(seen.node) or not known_state.knows_config(seen, "ospfd") else False


def _named(end: End) -> str:
    return f"{end[0].node.name}:{end[1].name}"


def _shown(name: str, at: End, **words: Any) -> Cause:
    node = at[0].node
    return cause(name, daemon_of(node).show_ospf2_interface(at[1].name), node.name, about=[at[1].name], **words)


def _area(end: End) -> str:
    """The area under the interface in FRR's configuration; "" if it is not known."""
    written = end[0].config.after("ip ospf area", f"interface {end[1].name}")
    return str(untrusted.area(written) or "") if written else ""


def _timers(end: End) -> str:
    """The hello and dead intervals in FRR's configuration; "" if they are not known."""
    seen, mode = end[0], f"interface {end[1].name}"
    if not seen.config.heads("router ospf"):
        return ""
    hello = seen.config.after("ip ospf hello-interval", mode) or "10"
    # ospfd takes four times the hello interval, if no other is configured.
    dead = seen.config.after("ip ospf dead-interval", mode) or str(4 * (untrusted.whole(hello) or 10))
    return f"{hello}/{dead}"
