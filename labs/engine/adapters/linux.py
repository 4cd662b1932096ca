"""Parses the JSON of iproute2."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork
from labs.engine.cpu_budget import once

DEFAULT6 = ipaddress.ip_network("::/0")
DEFAULT4 = ipaddress.ip_network("0.0.0.0/0")

# The name of a protocol depends on the rt_protos file of the node.
PROTOCOLS: Mapping[str, str] = {
    "196": "static",
    "zstatic": "static",
    "188": "ospf",
    "186": "bgp",
    "187": "isis",
    "12": "bird",
    "4": "static",
}


@dataclass(frozen=True, slots=True)
class InterfaceAddress:
    """An address of an interface."""

    interface: str
    address: AnyAddress
    length: int
    dynamic: bool
    temporary: bool
    tentative: bool
    duplicate: bool
    deprecated: bool  # its preferred lifetime has ended: it is not used for new connections (RFC 4862, 5.5.4)

    @property
    def usable(self) -> bool:
        return not (self.tentative or self.duplicate or self.deprecated)


@dataclass(frozen=True, slots=True)
class Neighbour:
    interface: str
    address: AnyAddress
    mac: str
    state: str


@dataclass(frozen=True, slots=True)
class Route:
    prefix: AnyNetwork
    type: str
    protocol: str
    metric: float | None
    preference: str
    via: tuple[AnyAddress, ...]
    devices: tuple[str, ...]
    weights: tuple[float, ...] = ()  # of the next hops, in their order

    def __str__(self) -> str:
        hops = "".join(f" via {hop}" for hop in self.via) + "".join(f" dev {dev}" for dev in self.devices)
        return f"{self.prefix}{hops} proto {self.protocol or '?'}"


@once
def addresses(printed: object) -> list[InterfaceAddress]:
    """From ``ip -j addr``."""
    return [
        InterfaceAddress(
            interface=untrusted.text(link.get("ifname")),
            address=address,
            length=untrusted.whole(info.get("prefixlen")) or 0,
            dynamic=info.get("dynamic") is True,
            temporary=info.get("temporary") is True,
            tentative=info.get("tentative") is True,
            duplicate=info.get("dadfailed") is True,
            deprecated=info.get("deprecated") is True,
        )
        for link in map(untrusted.fields, untrusted.items(printed))
        for info in map(untrusted.fields, untrusted.items(link.get("addr_info")))
        if (address := untrusted.address(info.get("local"))) is not None
    ]


@once
def interfaces(printed: object) -> set[str]:
    return {untrusted.text(untrusted.fields(link).get("ifname")) for link in untrusted.items(printed)}


@once
def neighbours(printed: object) -> list[Neighbour]:
    """From ``ip -j neigh``."""
    return [
        Neighbour(
            interface=untrusted.text(entry.get("dev")),
            address=address,
            mac=untrusted.text(entry.get("lladdr")).lower(),
            state=" ".join(map(untrusted.text, untrusted.items(entry.get("state")))),
        )
        for entry in map(untrusted.fields, untrusted.items(printed))
        if (address := untrusted.address(entry.get("dst"))) is not None
    ]


@once
def routes(printed: object, family: int) -> list[Route]:
    """From ``ip -j route``; ``default`` is ::/0 or 0.0.0.0/0, by the family."""
    found = []
    for entry in map(untrusted.fields, untrusted.items(printed)):
        name = entry.get("dst")
        prefix = untrusted.network(("::/0" if family == 6 else "0.0.0.0/0") if name == "default" else name)
        if prefix is not None:
            found.append(_route(entry, prefix))
    return found


def _route(entry: Mapping[str, Any], prefix: AnyNetwork) -> Route:
    hops = [untrusted.fields(hop) for hop in untrusted.items(entry.get("nexthops"))] or [entry]
    ways = [untrusted.address(hop.get("gateway") or untrusted.fields(hop.get("via")).get("host")) for hop in hops]
    protocol = untrusted.text(entry.get("protocol")) or "boot"  # ip leaves out this protocol
    return Route(
        prefix=prefix,
        type=untrusted.text(entry.get("type")) or "unicast",
        protocol=PROTOCOLS.get(protocol, protocol),
        metric=untrusted.number(entry.get("metric")),
        preference=untrusted.text(entry.get("pref")),
        via=tuple(way for way in ways if way is not None),
        devices=tuple(sorted({untrusted.text(hop.get("dev")) for hop in hops} - {""})),
        weights=tuple(untrusted.number(hop.get("weight", 1)) or 1.0 for hop in hops),
    )
