"""Finds why a host has no address or default route from router advertisements: link, settings, packet filters, advertisement."""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from string import hexdigits
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.adapters.node_state import Network, Port, Seen
from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork
from labs.engine.definition.spec import Node
from labs.engine.diagnosis import packet_filters
from labs.engine.diagnosis.causes import Cause, Search, cause, first, not_known
from labs.engine.diagnosis.links_and_addresses import carries, down, taken, unplugged, unusable
from labs.engine.diagnosis.packet_filters import Packet
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _

ROUTER_ADVERTISEMENT = 134  # ICMPv6 type
ALL_NODES = ipaddress.ip_address("ff02::1")
LISTENS = 0.8  # seconds; a router answers a solicitation within half a second (RFC 4861, 6.2.6)


def search(network: Network, node: Node, name: str, prefix: AnyNetwork) -> Search:
    seen = network.nodes.get(node.name)
    port = seen.ports.get(name) if seen else None
    if seen is None or port is None:
        return None
    if found := next(_of_host(network, seen, port, prefix), None):
        return found
    answers = yield {(node.name, "ra"): {"ask": "ra", "node": node.name, "interface": name, "seconds": LISTENS}}
    answer = untrusted.fields(answers.get((node.name, "ra")))
    if answer.get("ok") is not True:
        return None
    if found := next(_of_router(node, name, prefix, answer), None):
        return found
    seen_there = _("%(node)s receives router advertisements with the prefix %(prefix)s and the A flag.")
    return not_known([Text(seen_there, node=node.name, prefix=prefix)])


def why_no_router(network: Network, seen: Seen, port: Port) -> Search:
    """Find why a host has no default route from a router advertisement. None if no router on the link should send any."""
    name = seen.node.name
    others = network.on_link(name, port.name)
    if not any(other.config.find("no ipv6 nd suppress-ra", f"interface {at.name}") for other, at in others):
        return None
    if found := first((*_accepts(seen, port), *_filtered(seen, port, others))):
        return found
    answers = yield {(name, "ra"): {"ask": "ra", "node": name, "interface": port.name, "seconds": LISTENS}}
    answer = untrusted.fields(answers.get((name, "ra")))
    if answer.get("ok") is not True:
        return None
    heard = [untrusted.fields(ra) for ra in untrusted.items(answer.get("advertisements"))]
    command = f"rdisc6 {port.name}"
    if not heard:
        return cause("slaac-silent", command, name, node=name)
    if all(ra.get("lifetime") == 0 for ra in heard):
        return cause("ra-lifetime", command, name, node=name, other=untrusted.text(heard[0].get("source")))
    return None


def of_silence(network: Network, node: Node, name: str) -> Cause | None:
    """Return the reason why a node receives no router advertisement on this link."""
    seen = network.nodes.get(node.name)
    port = seen.ports.get(name) if seen else None
    if seen is None or port is None:
        return None
    others = network.on_link(node.name, name)
    return first((*_on_link(network, seen, port, others), *_filtered(seen, port, others)))


def _of_host(network: Network, seen: Seen, port: Port, prefix: AnyNetwork) -> Iterator[Cause]:
    name = seen.node.name
    others = network.on_link(name, port.name)
    yield from _on_link(network, seen, port, others)
    yield from _accepts(seen, port)
    if seen.settings.get(f"net.ipv6.conf.{port.name}.autoconf") == "0":
        yield cause("slaac-autoconf", _settings(port), name, node=name, a=port.name)
    yield from unusable(seen, port)
    # The kernel deletes a SLAAC address that another node has, so it is computed from the link-layer address.
    made = _eui64_address(port.mac, prefix)
    if any(held.ip == made for _other, at in others for held in at.held):
        yield cause("address-duplicate", f"ip -6 neigh show {made}", name, node=name, a=made)
    yield from _filtered(seen, port, others)


type Others = Sequence[tuple[Seen, Port]]


def _on_link(network: Network, seen: Seen, port: Port, others: Others) -> Iterator[Cause]:
    yield from down(seen, port)
    if len(others) == 1:  # on a switch, one end that is down does not disturb the others
        yield from carries(network, seen, port, *others[0])
    yield from unplugged(network, seen, port)
    yield from taken(network, seen, port)


def _settings(port: Port) -> str:
    return f"sysctl -a | grep 'ipv6.conf.{port.name}.\\(accept_ra \\|forwarding\\|autoconf\\)'"


def _accepts(seen: Seen, port: Port) -> Iterator[Cause]:
    """Yield the settings by which the host ignores router advertisements."""
    name = seen.node.name
    accepts, forwards = (seen.settings.get(f"net.ipv6.conf.{port.name}.{key}") for key in ("accept_ra", "forwarding"))
    if accepts == "0":
        yield cause("slaac-accept", _settings(port), name, node=name, a=port.name)
    if forwards == "1" and accepts == "1":
        yield cause("slaac-forwarding", _settings(port), name, node=name)


def _filtered(seen: Seen, port: Port, others: Others) -> Iterator[Cause]:
    """Yield the packet filter of the host, or of a router on its link, that drops router advertisements."""
    # conntrack does not track neighbour discovery
    sent = Packet(protocol=58, kind=ROUTER_ADVERTISEMENT, destination=ALL_NODES, state="untracked")
    came = replace(sent, came_in=port.name)
    if packet_filters.dropping(seen, came, "prerouting", "input", "ingress"):
        yield cause("slaac-guard", "nft list ruleset", seen.node.name, node=seen.node.name)
    for other, at in others:
        goes = replace(sent, goes_out=at.name)
        if packet_filters.dropping(other, goes, "output", "postrouting", "egress"):
            yield cause("slaac-guard", "nft list ruleset", other.node.name, node=other.node.name)


def _eui64_address(mac: str, prefix: AnyNetwork) -> AnyAddress | None:
    """The address with the modified EUI-64 interface identifier (RFC 4291, appendix A)."""
    parts = mac.split(":")
    if (
        len(parts) != 6
        or prefix.version != 6
        or any(len(part) != 2 or not set(part) <= set(hexdigits) for part in parts)
    ):
        return None
    number = bytes.fromhex("".join([*parts[:3], "ff", "fe", *parts[3:]]))
    return prefix.network_address + int.from_bytes(bytes([number[0] ^ 2, *number[1:]]))


def _of_router(node: Node, name: str, prefix: AnyNetwork, answer: Mapping[str, Any]) -> Iterator[Cause]:
    command = f"rdisc6 {name}"
    heard = [untrusted.fields(ra) for ra in untrusted.items(answer.get("advertisements"))]
    answers = [untrusted.fields(entry) for ra in heard for entry in untrusted.items(ra.get("prefixes"))]
    named = [
        (untrusted.network(f"{untrusted.text(e.get('prefix'))}/{untrusted.text(e.get('length'))}"), e) for e in answers
    ]
    same = [entry for network, entry in named if network == prefix]
    near = [
        network
        for network, _e in named
        if network and network.version == 6 and network.network_address == prefix.network_address
    ]
    if not heard:
        yield cause("slaac-silent", command, node.name, node=node.name)
    elif same and all(entry.get("autonomous") is False for entry in same):
        yield cause("slaac-flag", command, node.name, node=node.name)
    elif not same and near:
        yield cause("slaac-length", command, node.name, node=node.name, a=f"/{near[0].prefixlen}")
    elif not same:
        words = ", ".join(str(network) for network, _e in named if network) or "–"
        yield cause("slaac-prefix", command, node.name, node=node.name, a=words)
