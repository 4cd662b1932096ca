"""Makes rows of what FRR 10.3 prints about RIP, VRRP, PIM, IGMP, LDP and EVPN. As in ``frr``, all keys are known here."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.adapters.frr_tables import entries, table
from labs.engine.adapters.routing_state import Silent
from labs.engine.cpu_budget import once, step

type Row = dict[str, Any]

# RIP has no JSON. A learned route has the code R; RIPng prints the next hop in a line of its own.
RIP_ROUTE = re.compile(r"^R\(\w\)\s+(\S+/\d+)\s+(\S+)\s+(\d+)\s+\S+\s+\d+")
RIPNG_PREFIX = re.compile(r"^(\w)\(\S+\)\s+(\S+/\d+)\s*$")
RIPNG_HOP = re.compile(r"^\s+(\S+)\s+(\S+)\s+(\d+)\s+\d+\s")
GATEWAYS = "Routing Information Sources:"
VRRP_FAMILIES: Mapping[str, str] = {"v4": "ipv4", "v6": "ipv6"}


def lines(printed: str) -> Iterator[str]:
    for line in printed.splitlines():
        step()
        yield line[:500]


@once
def rip_routes(printed: str) -> list[Row]:
    found = (RIP_ROUTE.match(line) for line in lines(printed))
    return [_rip_route(f[1], f[2], f[3]) for f in found if f]


@once
def ripng_routes(printed: str) -> list[Row]:
    found, prefix = [], ""
    for line in lines(printed):
        if head := RIPNG_PREFIX.match(line):
            prefix = head[2] if head[1] == "R" else ""
        elif prefix and (hop := RIPNG_HOP.match(line)):
            found.append(_rip_route(prefix, hop[1], hop[3]))
            prefix = ""
    return found


def _rip_route(prefix: str, via: str, metric: str) -> Row:
    hop = untrusted.address(via)
    return {
        "prefix": untrusted.network(prefix),
        "via": (hop,) if hop else (),
        "metric": untrusted.number(metric),
    }


@once
def rip_neighbors(printed: str) -> list[Row]:
    """The routers that have sent updates, as the last part of the status lists them. RIPng breaks its lines."""
    _before, _head, after = printed.partition(GATEWAYS)
    words = (line.split() for line in lines(after))
    found = (untrusted.address(part[0]) for part in words if part)
    return [{"address": address} for address in found if address is not None]


@once
def vrrp_routers(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    return [
        {
            "vrid": untrusted.number(entry.get("vrid")),
            "interface": untrusted.text(entry.get("interface")),
            "version": untrusted.number(entry.get("version")),
            "family": family,
            "state": untrusted.text(part.get("status")),
            "priority": untrusted.number(part.get("effectivePriority")),
            "interval": untrusted.number(entry.get("advertisementInterval")),
            "preempt": entry.get("preemptMode") is True,
            "addresses": tuple(a for a in map(untrusted.address, untrusted.items(part.get("addresses"))) if a),
        }
        for entry in entries(read)
        for key, family in VRRP_FAMILIES.items()
        if untrusted.items((part := untrusted.fields(entry.get(key))).get("addresses"))
    ]


def _by_interface(printed: str) -> list[tuple[str, Mapping[str, Any]]] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    pairs = untrusted.pairs(read)
    return [(name, untrusted.fields(item)) for name, item in pairs if isinstance(item, Mapping)]


@once
def pim_neighbors(printed: str) -> list[Row] | Silent:
    read = _by_interface(printed)
    if isinstance(read, Silent):
        return read
    return [
        {
            "interface": name,
            "address": untrusted.address(address),
            "priority": untrusted.number(untrusted.fields(entry).get("drPriority")),
        }
        for name, item in read
        for address, entry in untrusted.pairs(item)
    ]


@once
def pim_interfaces(printed: str) -> list[Row] | Silent:
    read = _by_interface(printed)
    if isinstance(read, Silent):
        return read
    return [
        {
            "interface": name,
            "state": untrusted.text(entry.get("state")),
            "neighbors": untrusted.number(entry.get("pimNeighbors")),
            "dr": untrusted.address(entry.get("pimDesignatedRouter")),
        }
        for name, entry in read
    ]


@once
def igmp_groups(printed: str) -> list[Row] | Silent:
    read = _by_interface(printed)
    if isinstance(read, Silent):
        return read
    return [
        {
            "interface": name,
            "group": untrusted.address(group.get("group")),
            "mode": untrusted.text(group.get("mode")),
            "version": untrusted.number(group.get("version")),
        }
        for name, entry in read
        for group in entries(entry.get("groups"))
    ]


@once
def igmp_interfaces(printed: str) -> list[Row] | Silent:
    read = _by_interface(printed)
    if isinstance(read, Silent):
        return read
    return [
        {
            "interface": name,
            "version": untrusted.number(entry.get("version")),
            "querier": untrusted.address(entry.get("querierIp")),
        }
        for name, entry in read
    ]


@once
def ldp_neighbors(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    return [
        {
            "router_id": untrusted.text(entry.get("neighborId")),
            "state": untrusted.text(entry.get("state")),
            "address": untrusted.address(entry.get("transportAddress")),
        }
        for entry in entries(untrusted.fields(read).get("neighbors"))
    ]


@once
def ldp_bindings(printed: str) -> list[Row] | Silent:
    """Without a neighbour, FRR names 0.0.0.0, and “-” for a label that nobody has given."""
    read = table(printed)
    if isinstance(read, Silent):
        return read
    return [
        {
            "prefix": untrusted.network(entry.get("prefix")),
            "router_id": untrusted.text(entry.get("neighborId")),
            "local": _label(entry.get("localLabel")),
            "remote": _label(entry.get("remoteLabel")),
            "used": entry.get("inUse") in (1, True),
        }
        for entry in entries(untrusted.fields(read).get("bindings"))
    ]


def _label(value: object) -> str:
    label = untrusted.text(value)
    return "" if label == "-" else label


@once
def evpn_vnis(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    return [
        {
            "vni": untrusted.number(entry.get("vni")),
            "type": untrusted.text(entry.get("type")),
            "interface": untrusted.text(entry.get("vxlanIf")),
            "macs": untrusted.number(entry.get("numMacs")),
            "vrf": untrusted.text(entry.get("tenantVrf")),
            "remotes": tuple(a for a in map(untrusted.address, untrusted.items(entry.get("remoteVteps"))) if a),
        }
        for _name, item in untrusted.pairs(read)
        if "vni" in (entry := untrusted.fields(item))
    ]


@once
def evpn_routes(printed: str) -> list[Row] | Silent:
    """The table of route distinguishers (RD), each with its prefixes and their paths."""
    read = table(printed)
    if isinstance(read, Silent):
        return read
    return [
        {
            "type": untrusted.number(path.get("routeType")),
            "rd": rd,
            "mac": untrusted.text(path.get("mac")).lower(),
            "ip": untrusted.address(path.get("ip")),
            "next_hop": tuple(
                hop for one in entries(path.get("nexthops")) if (hop := untrusted.address(one.get("ip"))) is not None
            ),
            "best": path.get("bestpath") is True,
        }
        for rd, prefixes in untrusted.pairs(read)
        for _prefix, item in untrusted.pairs(prefixes)
        for path in entries(untrusted.fields(item).get("paths"))
    ]
