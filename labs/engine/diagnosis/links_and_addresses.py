"""Finds why a link carries no packets, or an address is missing: the layer below every routing protocol."""

from collections.abc import Iterator

from labs.engine.adapters import untrusted
from labs.engine.adapters.node_state import PORTS, Held, Network, Port, Seen, beside
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.definition.spec import Kind, Lab
from labs.engine.diagnosis.causes import Cause, cause
from labs.engine.diagnosis.tentative import Tentative


def carries(network: Network, seen: Seen, port: Port, other: Seen, at: Port) -> Iterator[Cause]:
    """Yield why no packet passes between the two ports of a link. An end that is down comes before an end without a carrier."""
    ends = ((seen, port), (other, at))
    for whose, end in ends:
        yield from down(whose, end)
    for whose, end in ends:
        yield from unplugged(network, whose, end)
    for whose, end in ends:
        yield from taken(network, whose, end)


def down(seen: Seen, port: Port) -> Iterator[Cause]:
    name = seen.node.name
    if not port.up:
        yield cause("link-down", f"ip link show {port.name}", name, end=f"{name}:{port.name}", dev=port.name)


def unplugged(network: Network, seen: Seen, port: Port) -> Iterator[Cause]:
    """The port has no carrier. If the other end was not read, it may be down."""
    if not port.carrier:
        name = "cable" if _is_read(network, seen, port) else "no-carrier"
        yield cause(name, f"ip link show {port.name}", seen.node.name, end=f"{seen.node.name}:{port.name}")


def _is_read(network: Network, seen: Seen, port: Port) -> bool:
    other = far_end(network.lab, seen.node.name, port.name)
    return other is None or other in network.nodes


def far_end(lab: Lab, node: str, port: str) -> str | None:
    """The node at the other end of the cable; None if that is a switch of the lab, whose ports are always up."""
    ends = (pair for link in lab.links for pair in (link.ends, link.ends[::-1]))
    other = next((far.node for mine, far in ends if (mine.node, mine.name) == (node, port)), None)
    return None if other is None or lab.nodes[other].kind is Kind.SWITCH else other


def is_link_read(network: Network, seen: Seen, port: Port) -> bool:
    """Whether the addresses of all other nodes on the link are known. A switch has none that anybody needs."""
    names = {end.node for end in beside(network.lab, seen.node.name, port.name)}
    shells = {name for name in names if network.lab.nodes[name].has_shell}
    return all(name in network.nodes and PORTS in network.nodes[name].answered for name in shells)


def taken(network: Network, seen: Seen, port: Port) -> Iterator[Cause]:
    """The port belongs to a bridge or a VRF, or has no IPv6, unless the lab's author made it so at the start."""
    name = seen.node.name
    if port.master and not any("master" in line for line in seen.node.start):
        end = f"{name}:{port.name}"
        yield cause("port-taken", f"ip -d link show {port.name}", name, end=end, dev=port.name, a=port.master)
    if seen.settings.get(f"net.ipv6.conf.{port.name}.disable_ipv6") == "1":
        command = f"sysctl net.ipv6.conf.{port.name}.disable_ipv6"
        yield cause("ipv6-disabled", command, name, end=f"{name}:{port.name}")


def unusable(seen: Seen, port: Port) -> Iterator[Cause]:
    """An address for which duplicate address detection failed."""
    for held in port.held:
        if not (held.usable or held.link_local or isinstance(held, Tentative)):
            command = f"ip addr show dev {port.name}"
            yield cause("address-duplicate", command, seen.node.name, node=seen.node.name, a=held.ip)


def lost(network: Network, seen: Seen, near: AnyAddress) -> Iterator[Cause]:
    """The address that the lab gave the node on the link of ``near``, and that the node no longer has."""
    if PORTS not in seen.answered:
        return
    have = {held.ip for port in seen.ports.values() for held in port.held}
    for end in network.lab.interfaces(seen.node.name):
        for text in end.addresses:
            address, net = untrusted.address(text), untrusted.network(text)
            is_near = net is not None and net.version == near.version and near in net
            if is_near and address is not None and address not in have:
                command = f"ip addr show dev {end.name}"
                yield cause("address-missing", command, seen.node.name, node=seen.node.name, a=address)


def in_other_prefix(network: Network, seen: Seen, port: Port, to: AnyAddress) -> Iterator[Cause]:
    """The end of this port's link that has an address in another prefix than the port, where the port has the prefix of TO.

    Nobody on the link has TO. On a switch there may be hosts of another network, so only one end may be in question.
    """
    mine = next((held for held in port.held if to in held.at.network and not held.link_local), None)
    if mine is None:
        return
    apart: list[tuple[Seen, Port, Held]] = []
    for other, at in network.on_link(seen.node.name, port.name):
        theirs = [held for held in at.held if held.ip.version == to.version and not held.link_local]
        if not any(held.ip in own.at.network for held in theirs for own in port.held):
            apart += [(other, at, held) for held in theirs if _has_length_of(held, mine)][:1]
    if len(apart) == 1:
        [(other, at, held)] = apart
        name, shown = other.node.name, f"ip addr show dev {at.name}"
        yield cause("address-prefix", shown, name, end=f"{name}:{at.name}", a=held.at, other=seen.node.name, b=mine.at)


def _has_length_of(held: Held, mine: Held) -> bool:
    return held.at.network.prefixlen == mine.at.network.prefixlen
