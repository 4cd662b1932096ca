"""Makes rows of what FRR 10.3 and BIRD 2.17 say of BGP sessions and routes. As in ``frr`` and ``bird``, all keys are known here."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from labs.engine.adapters import bird, reading
from labs.engine.adapters.frr_tables import entries, table
from labs.engine.adapters.routing_state import Silent
from labs.engine.runtime.budget import once, step

type Row = dict[str, Any]

TIMER = re.compile(r"/\s*(\d+)")


@once
def frr_neighbor(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    return [
        _frr_neighbor(address, reading.fields(item))
        for name, item in reading.pairs(read)
        if (address := reading.address(name)) is not None and "remoteAs" in reading.fields(item)
    ]


def _frr_neighbor(address: Any, entry: Mapping[str, Any]) -> Row:
    families = reading.fields(entry.get("addressFamilyInfo"))
    family = reading.fields(families.get("ipv6Unicast") or families.get("ipv4Unicast"))
    hops = entry.get("externalBgpNbrMaxHopsAway", entry.get("internalBgpNbrMaxHopsAway"))
    return {
        "peer": address,
        "state": reading.text(entry.get("bgpState")),
        "remote_as": reading.number(entry.get("remoteAs")),
        "hold": (reading.number(entry.get("bgpTimerHoldTimeMsecs")) or 0) / 1000,
        "keepalive": (reading.number(entry.get("bgpTimerKeepAliveIntervalMsecs")) or 0) / 1000,
        "password": entry.get("authenticationEnabled") in (1, True),
        "hops": reading.number(hops),
        "role": reading.text(entry.get("localRole")),
        "capabilities": tuple(name for name, _value in reading.pairs(entry.get("neighborCapabilities"))),
        "policy_in": reading.text(family.get("routeMapForIncomingAdvertisements")),
        "policy_out": reading.text(family.get("routeMapForOutgoingAdvertisements")),
        "limit": reading.number(family.get("prefixAllowedMax")),
        "keeps_all": family.get("inboundSoftConfigPermit") is True,
    }


@once
def bird_neighbors(lines: Sequence[str]) -> list[Row]:
    return [
        {
            "peer": peer,
            "state": part.get("BGP state", ""),
            "remote_as": reading.number(part.get("Neighbor AS", "")),
            "hold": _timer(part.get("Hold timer", "")),
            "keepalive": _timer(part.get("Keepalive timer", "")),
            "password": False,
            "hops": None,
            "role": "",
            "capabilities": _capabilities(words),
            "policy_in": part.get("Input filter", ""),
            "policy_out": part.get("Output filter", ""),
            "limit": reading.number(part.get("Import limit", "")),
            "keeps_all": False,
        }
        for words, part in _sessions(lines)
        if (peer := reading.address(part.get("Neighbor address", ""))) is not None
    ]


@once
def _sessions(lines: Sequence[str]) -> list[tuple[list[str], dict[str, str]]]:
    """The lines of each BGP protocol, and what stands behind each label."""
    parts: list[list[str]] = []
    step(len(lines))
    for line in lines:
        if line and not line[0].isspace():
            parts.append([line])
        elif parts:
            parts[-1].append(line)
    found = []
    for part in parts:
        if len(part[0].split()) > 1 and part[0].split()[1] == "BGP":
            labelled = [line.strip().split(":", 1) for line in part[1:] if ":" in line]
            values: dict[str, str] = {}
            for label, value in labelled:
                values.setdefault(label.strip(), value.strip())
            found.append((part, values))
    return found


def _timer(words: str) -> float | None:
    return reading.number(found[1]) if (found := TIMER.search(words[:60])) else None


def _capabilities(lines: Sequence[str]) -> tuple[str, ...]:
    """The peer's: the lines that stand one step deeper below their head."""
    found, inside = [], False
    for line in lines:
        depth = len(line) - len(line.lstrip())
        if line.strip() == "Neighbor capabilities":
            inside = True
        elif inside and depth == 6:
            found.append(line.strip().split(":")[0])
        elif inside and depth < 6:
            break
    return tuple(found)


@once
def frr_adjacent(printed: str) -> list[Row] | Silent:
    """The routes that go in or out of one session."""
    read = table(printed)
    if isinstance(read, Silent):
        return read
    known = reading.fields(read)
    routes = known.get("receivedRoutes", known.get("advertisedRoutes"))
    if routes is None:
        return Silent(reading.text(known.get("warning") or known.get("error")))
    return [
        {
            "prefix": prefix,
            "as_path": reading.text(entry.get("path")),
            "next_hop": _hops(entry),
            "med": reading.number(entry.get("metric", 0)),
        }
        for name, item in reading.pairs(routes)
        if (prefix := reading.network(name)) is not None
        for entry in [reading.fields(item)]
    ]


def _hops(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    named = (entry.get(name) for name in ("nextHop", "nextHopGlobal", "nextHopLocal"))
    return tuple(hop for hop in map(reading.address, named) if hop is not None)


@once
def frr_table(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    return [
        {
            "prefix": prefix,
            "as_path": reading.text(path.get("path")),
            "origin": reading.text(path.get("origin")),
            "best": path.get("bestpath") is True,
        }
        for name, paths in reading.pairs(reading.fields(read).get("routes"))
        if (prefix := reading.network(name)) is not None
        for path in entries(paths)
    ]


@once
def frr_aggregates(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return [] if "not in table" in read.words else read
    known = reading.fields(read)
    return [
        {
            "prefix": reading.network(known.get("prefix")),
            "aggregator_as": reading.number(path.get("aggregatorAs")),
            "atomic": path.get("atomicAggregate") is True,
        }
        for path in entries(known.get("paths"))
        if "aggregatorAs" in path
    ]


@once
def bird_routes(lines: Sequence[str]) -> list[Row]:
    """BGP's own attributes are empty for a route that another protocol of the router brought in."""
    return [
        {
            "prefix": prefix,
            "as_path": attributes.get("BGP.as_path", ""),
            "next_hop": tuple(h for h in map(reading.address, attributes.get("BGP.next_hop", "").split()) if h),
            "med": reading.number(attributes.get("BGP.med", "0")),
            "origin": attributes.get("BGP.origin", ""),
            "best": best,
        }
        for prefix, best, attributes, _devices, _hops in bird.routes(lines)
        if prefix is not None
    ]


@once
def bird_aggregates(lines: Sequence[str]) -> list[Row]:
    return [
        {
            "prefix": prefix,
            "aggregator_as": reading.number(attributes["BGP.aggregator"].rpartition("AS")[2]),
            "atomic": "BGP.atomic_aggr" in attributes,
        }
        for prefix, _best, attributes, _devices, _hops in bird.routes(lines)
        if prefix is not None and "BGP.aggregator" in attributes
    ]
