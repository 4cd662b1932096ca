"""Finds why two routers are not OSPFv3 neighbours: from the link upwards, because the lowest cause is the nearest one."""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any

from labs.engine.adapters import frr, untrusted
from labs.engine.adapters.config_blocks import Line
from labs.engine.adapters.daemons import daemon_of, is_frr, is_router
from labs.engine.adapters.node_state import Answers, Network, Port, Seen
from labs.engine.adapters.ospf3_config import Ospf3Config, ospf3_config
from labs.engine.cpu_budget import step
from labs.engine.definition.spec import Node
from labs.engine.diagnosis import known_state, packet_filters
from labs.engine.diagnosis.causes import Cause, Search, cause, first, with_each
from labs.engine.diagnosis.included_files import includes_a_file
from labs.engine.diagnosis.links_and_addresses import carries
from labs.engine.diagnosis.packet_filters import Packet
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _

# Values that can be compared: in BIRD there may be a name instead (define)
WRITTEN: Mapping[str, re.Pattern[str]] = {
    "ospf-area": re.compile(r"[\d.]+"),
    "ospf-instance": re.compile(r"\d+"),
    "ospf-timers": re.compile(r"\d+/\d+"),
}
PATTERNS = re.compile(r'interface "[^"]*"(, ?"[^"]*")*( instance \d+)?')


def search(network: Network, node: Node, name: str) -> Search:
    """``name``: the interface on which a neighbour is expected."""
    seen = network.nodes.get(node.name)
    port = seen.ports.get(name) if seen else None
    if seen is None or port is None:
        return None
    others = [(other, at) for other, at in network.on_link(node.name, name) if is_router(other.node)]
    found = with_each([first(why(network, seen, port, other, at)) for other, at in others])
    if found or not others:
        return found
    answers = yield {
        (end.node.name, "neighbours"): daemon_of(end.node).ospf3_neighbors().ask for end in (seen, others[0][0])
    }
    return first((), _observed(ospf3_config(seen, port), ospf3_config(*others[0]), answers))


def why(network: Network, seen: Seen, port: Port, other: Seen, at: Port) -> Iterator[Cause]:
    yield from carries(network, seen, port, other, at)
    both = ospf3_config(seen, port), ospf3_config(other, at)
    for end in both:
        node = end.seen.node
        if "ospf6d" in end.seen.silent:
            yield cause("daemon-down", "ps -e", node.name, a="ospf6d", node=node.name)
        if end.protocol in end.seen.off:
            yield cause("protocol-off", daemon_of(node).show_bgp_summary(), node.name, a=end.protocol, node=node.name)
        if not end.on and _is_surely_off(end):
            yield _shown("ospf-not-on", end, end=end)
        elif end.passive:
            yield _shown("ospf-passive", end, end=end)
    mine, theirs = both
    if not (mine.on and theirs.on):
        return
    pairs = {
        "ospf-area": (mine.area, theirs.area),
        "ospf-instance": (mine.instance, theirs.instance),
        "ospf-timers": (mine.timers, theirs.timers),
    }
    for name, (a, b) in pairs.items():
        if a != b and WRITTEN[name].fullmatch(a) and WRITTEN[name].fullmatch(b):
            yield _shown(name, theirs, end=mine, other=theirs, a=a, b=b)
    if mine.authentication != theirs.authentication and _are_comparable(mine, theirs):
        nothing = Text(_("none"))
        yield _shown(
            "ospf-auth",
            theirs,
            end=mine,
            other=theirs,
            a=mine.authentication or nothing,
            b=theirs.authentication or nothing,
        )
    for end in both:
        came, goes = _hello(came_in=end.port.name), _hello(goes_out=end.port.name)
        inward, outward = ("prerouting", "input", "ingress"), ("output", "postrouting", "egress")
        if packet_filters.dropping(end.seen, came, *inward) or packet_filters.dropping(end.seen, goes, *outward):
            name = end.seen.node.name
            yield cause("ospf-filter", "nft list ruleset", name, node=name)
    if mine.router_id and mine.router_id == theirs.router_id:
        node = theirs.seen.node
        command = frr.command("show ipv6 ospf6") if is_frr(node) else daemon_of(node).show_config_text()
        yield cause("router-id", command, node.name, end=mine, other=theirs, a=mine.router_id)
    # BIRD only warns.
    if mine.mtu and theirs.mtu and mine.mtu != theirs.mtu and any(is_frr(end.seen.node) for end in both):
        yield _shown("mtu", theirs, end=mine, other=theirs, a=mine.mtu, b=theirs.mtu)
    if mine.type != theirs.type:
        yield _shown("ospf-type", theirs, end=mine, other=theirs, a=mine.type, b=theirs.type)


def _is_surely_off(end: Ospf3Config) -> bool:
    """Whether nothing enables OSPFv3 on the port. Of BIRD, only plain patterns of interfaces are understood."""
    seen = end.seen
    if not known_state.knows_config(seen, "ospf6d"):
        return False
    step(len(seen.config.lines))
    return not any(_may_enable(line) for line in seen.config.lines)


def _may_enable(line: Line) -> bool:
    """Whether a statement of BIRD may enable OSPF on a port by something else than a pattern: a file, a template, a prefix."""
    if includes_a_file(line.text) or line.text.startswith("template ospf"):
        return True
    is_of_ospf = len(line.heads) == 2 and line.heads[0].startswith("protocol ospf")
    return is_of_ospf and line.text.startswith("interface ") and not PATTERNS.fullmatch(line.text)


def _are_comparable(mine: Ospf3Config, theirs: Ospf3Config) -> bool:
    """Whether the authentication of both ends is written in the same way, or only one has any."""
    ways = [(bool(end.protocol), end.authentication.split(" ")[0]) for end in (mine, theirs)]
    return not (mine.authentication and theirs.authentication) or ways[0] == ways[1]


def _hello(came_in: str | None = None, goes_out: str | None = None) -> Packet:
    to = ipaddress.ip_address("ff02::5")
    return Packet(protocol=89, destination=to, state="new", came_in=came_in, goes_out=goes_out)


def _shown(name: str, at: Ospf3Config, **words: Any) -> Cause:
    command = daemon_of(at.seen.node).show_ospf3_interface(at.port.name)
    if name == "mtu" and at.protocol:  # of BIRD, which does not tell it
        command = f"ip link show {at.port.name}"
    return cause(name, command, at.seen.node.name, about=[at.port.name], **words)


def _observed(mine: Ospf3Config, theirs: Ospf3Config, answers: Answers) -> Iterator[Text]:
    for end in (mine, theirs):
        node = end.seen.node
        answer = untrusted.fields(answers.get((node.name, "neighbours")))
        table = daemon_of(node).ospf3_neighbors().read(answer) if answer.get("ok") else None
        if isinstance(table, list):
            here = [neighbour for neighbour in table if neighbour.interface == end.port.name]
            states = ", ".join(f"{neighbour.router_id} {neighbour.state}" for neighbour in here)
            if states:
                yield Text(_("%(end)s has the neighbours: %(states)s."), end=end, states=states)
            else:
                yield Text(_("%(end)s has no neighbour."), end=end)
    if not (mine.on and theirs.on):
        return  # one of them was not read
    words = {"end": mine, "other": theirs, "area": mine.area, "timers": mine.timers, "mtu": mine.port.mtu}
    sentence = _("%(end)s and %(other)s match: both are up, in area %(area)s, hello/dead %(timers)s, MTU %(mtu)s.")
    yield Text(sentence, **words)
    capture = f"tcpdump -nn -i {theirs.port.name} ip6 proto 89"
    yield Text(_("To capture the hellos, on %(node)s: %(command)s"), node=theirs.seen.node.name, command=capture)
