"""Why a host has no address from an advertisement: its link, its own settings, a filter, what the router says."""

from collections.abc import Iterator, Mapping
from string import hexdigits
from typing import Any

from labs.engine.checks import reading
from labs.engine.checks.reading import AnyAddress, AnyNetwork
from labs.engine.diagnosis import filters
from labs.engine.diagnosis.causes import Cause, Look, cause, not_known
from labs.engine.diagnosis.filters import Packet
from labs.engine.diagnosis.links import carries, down, taken, unusable
from labs.engine.seen import Network, Port, Seen
from labs.engine.spec import Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _

ADVERTISEMENT = 134


def look(network: Network, node: Node, name: str, prefix: AnyNetwork) -> Look:
    seen = network.nodes.get(node.name)
    port = seen.ports.get(name) if seen else None
    if seen is None or port is None:
        return None
    if found := next(_of_host(network, seen, port, prefix), None):
        return found
    told = yield {(node.name, "ra"): {"ask": "ra", "node": node.name, "interface": name, "seconds": 2}}
    answer = reading.fields(told.get((node.name, "ra")))
    if answer.get("ok") is not True:
        return None
    if found := next(_of_router(node, name, prefix, answer), None):
        return found
    return not_known([Text(_("%(node)s hears the prefix %(prefix)s with its A flag."), node=node.name, prefix=prefix)])


def _of_host(network: Network, seen: Seen, port: Port, prefix: AnyNetwork) -> Iterator[Cause]:
    name = seen.node.name
    yield from down(seen, port)
    others = network.on_link(name, port.name)
    if len(others) == 1:  # on a switch one that is down leaves the others
        yield from carries(network, seen, port, *others[0])
    if not port.carrier:
        yield cause("cable", f"ip link show {port.name}", name, end=f"{name}:{port.name}")
    yield from taken(network, seen, port)
    keys = {
        key: seen.settings.get(f"net.ipv6.conf.{port.name}.{key}") for key in ("accept_ra", "forwarding", "autoconf")
    }
    command = f"sysctl -a | grep 'ipv6.conf.{port.name}.\\(accept_ra \\|forwarding\\|autoconf\\)'"
    if keys["accept_ra"] == "0":
        yield cause("slaac-accept", command, name, node=name, a=port.name)
    if keys["forwarding"] == "1" and keys["accept_ra"] == "1":
        yield cause("slaac-forwarding", command, name, node=name)
    if keys["autoconf"] == "0":
        yield cause("slaac-autoconf", command, name, node=name, a=port.name)
    yield from unusable(seen, port)
    # The kernel deletes an address of its own making that another node has: it is known by the hardware address.
    made = _made(port.mac, prefix)
    if any(held.ip == made for _other, at in others for held in at.held):
        yield cause("address-duplicate", f"ip -6 neigh show {made}", name, node=name, a=made)
    came = Packet(protocol=58, kind=ADVERTISEMENT, came_in=port.name)
    if filters.dropping(seen, came, "prerouting", "input", "ingress"):
        yield cause("slaac-guard", "nft list ruleset", name, node=name)
    for other, at in others:
        goes = Packet(protocol=58, kind=ADVERTISEMENT, goes_out=at.name)
        if filters.dropping(other, goes, "output", "postrouting", "egress"):
            yield cause("slaac-guard", "nft list ruleset", other.node.name, node=other.node.name)


def _made(mac: str, prefix: AnyNetwork) -> AnyAddress | None:
    """The address that a host makes of its hardware address (RFC 4291, appendix A)."""
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
    listen = f"rdisc6 {name}"
    heard = [reading.fields(ra) for ra in reading.items(answer.get("advertisements"))]
    told = [reading.fields(entry) for ra in heard for entry in reading.items(ra.get("prefixes"))]
    named = [(reading.network(f"{reading.text(e.get('prefix'))}/{reading.text(e.get('length'))}"), e) for e in told]
    same = [entry for network, entry in named if network == prefix]
    near = [
        network
        for network, _e in named
        if network and network.version == 6 and network.network_address == prefix.network_address
    ]
    if not heard:
        yield cause("slaac-silent", listen, node.name)
    elif same and all(entry.get("autonomous") is False for entry in same):
        yield cause("slaac-flag", listen, node.name)
    elif not same and near:
        yield cause("slaac-length", listen, node.name, a=f"/{near[0].prefixlen}")
    elif not same:
        words = ", ".join(str(network) for network, _e in named if network) or "–"
        yield cause("slaac-prefix", listen, node.name, a=words)
