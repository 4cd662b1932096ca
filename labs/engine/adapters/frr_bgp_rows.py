"""Makes rows of what FRR 10.3 prints about BGP sessions and routes. As in ``frr``, all keys are known here."""

from collections.abc import Mapping
from typing import Any

from labs.engine.adapters import frr, untrusted
from labs.engine.adapters.frr_tables import entries, table
from labs.engine.adapters.routing_state import Silent
from labs.engine.cpu_budget import once

type Row = dict[str, Any]

FAMILIES: Mapping[str, str] = {"ipv6Unicast": "ipv6", "ipv4Unicast": "ipv4", "l2VpnEvpn": "evpn"}


@once
def neighbors(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    return [
        _neighbor(address, untrusted.fields(item))
        for name, item in untrusted.pairs(read)
        if (address := untrusted.address(name)) is not None and "remoteAs" in untrusted.fields(item)
    ]


def _neighbor(address: Any, entry: Mapping[str, Any]) -> Row:
    families = untrusted.fields(entry.get("addressFamilyInfo"))
    other, own = ("ipv6Unicast", "ipv4Unicast") if address.version == 4 else ("ipv4Unicast", "ipv6Unicast")
    family = untrusted.fields(families.get(own) or families.get(other))
    hops = entry.get("externalBgpNbrMaxHopsAway", entry.get("internalBgpNbrMaxHopsAway"))
    return {
        "peer": address,
        "state": untrusted.text(entry.get("bgpState")),
        "remote_as": untrusted.number(entry.get("remoteAs")),
        "hold": (untrusted.number(entry.get("bgpTimerHoldTimeMsecs")) or 0) / 1000,
        "keepalive": (untrusted.number(entry.get("bgpTimerKeepAliveIntervalMsecs")) or 0) / 1000,
        "password": entry.get("authenticationEnabled") in (1, True),
        "hops": untrusted.number(hops),
        "role": untrusted.text(entry.get("localRole")),
        "families": tuple(word for name, word in FAMILIES.items() if name in families),
        "capabilities": tuple(name for name, _value in untrusted.pairs(entry.get("neighborCapabilities"))),
        "policy_in": untrusted.text(family.get("routeMapForIncomingAdvertisements")),
        "policy_out": untrusted.text(family.get("routeMapForOutgoingAdvertisements")),
        "limit": untrusted.number(family.get("prefixAllowedMax")),
        "keeps_all": family.get("inboundSoftConfigPermit") is True,
    }


@once
def adjacent_routes(printed: str) -> list[Row] | Silent:
    """The routes that one session receives or sends."""
    read = table(printed)
    if isinstance(read, Silent):
        return read
    known = untrusted.fields(read)
    routes = known.get("receivedRoutes", known.get("advertisedRoutes"))
    if routes is None:
        return Silent(untrusted.text(known.get("warning") or known.get("error")))
    return [
        _adjacent(prefix, untrusted.fields(item))
        for name, item in untrusted.pairs(routes)
        if (prefix := untrusted.network(name)) is not None
    ]


def _adjacent(prefix: Any, entry: Mapping[str, Any]) -> Row:
    """With the word detail, FRR prints a path with all its attributes, in another form."""
    if "paths" not in entry:
        return {
            "prefix": prefix,
            "as_path": untrusted.text(entry.get("path")),
            "next_hop": _hops(entry),
            "med": untrusted.number(entry.get("metric", 0)),
        }
    path = next(entries(entry["paths"]), {})
    return {
        "prefix": prefix,
        "as_path": " ".join(frr.as_path(path)),
        "next_hop": frr.next_hops(untrusted.items(path.get("nexthops"))),
        "med": untrusted.number(path.get("metric", 0)),
        "community": frr.communities(path, "community"),
        "large_community": frr.communities(path, "largeCommunity"),
        "ext_community": frr.communities(path, "extendedCommunity"),
    }


def _hops(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    named = (entry.get(name) for name in ("nextHop", "nextHopGlobal", "nextHopLocal"))
    return tuple(hop for hop in map(untrusted.address, named) if hop is not None)


@once
def table_routes(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    return [
        {
            "prefix": prefix,
            "as_path": untrusted.text(path.get("path")),
            "origin": untrusted.text(path.get("origin")),
            "best": path.get("bestpath") is True,
        }
        for name, paths in untrusted.pairs(untrusted.fields(read).get("routes"))
        if (prefix := untrusted.network(name)) is not None
        for path in entries(paths)
    ]


@once
def aggregates(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return [] if "not in table" in read.words else read
    known = untrusted.fields(read)
    return [
        {
            "prefix": untrusted.network(known.get("prefix")),
            "aggregator_as": untrusted.number(path.get("aggregatorAs")),
            "atomic": path.get("atomicAggregate") is True,
        }
        for path in entries(known.get("paths"))
        if "aggregatorAs" in path
    ]
