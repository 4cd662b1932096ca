"""Makes rows of what FRR 10.3 says of OSPF, IS-IS, BFD and Babel, as ``frr`` does for the rest. Only these two know its keys."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from labs.engine.adapters import reading
from labs.engine.adapters.frr import NETWORKS
from labs.engine.adapters.routing_state import Silent
from labs.engine.runtime.budget import once, step

type Row = dict[str, Any]

OSPF_KINDS: Mapping[str, str] = {"N": "intra", "N IA": "inter", "N E1": "external1", "N E2": "external2"}
LSA_TYPES: Mapping[str, str] = {
    "Rtr": "router",
    "Net": "network",
    "IAP": "inter-prefix",
    "IAR": "inter-router",
    "ASE": "external",
    "T7": "nssa",
    "Lnk": "link",
    "INP": "intra-prefix",
}
LSDB: Mapping[str, str] = {
    "routerLinkStates": "router",
    "networkLinkStates": "network",
    "summaryLinkStates": "summary",
    "asbrSummaryLinkStates": "asbr-summary",
    "asExternalLinkStates": "external",
    "nssaExternalLinkStates": "nssa",
}
BABEL_NEIGHBOR = re.compile(r"^Neighbour (\S+) dev (\S+) .*?rxcost (\d+)")
BABEL_ROUTE = re.compile(r"^(\S+/\d+) metric (\d+) .* via (\S+) neigh (\S+)(.*)$")


@once
def table(printed: str) -> Any:
    """The JSON, or what the daemon said instead."""
    loaded = reading.load(printed, keep_doubles=True)
    return loaded if isinstance(loaded, Mapping | list) else Silent(reading.text(printed))


def entries(value: object) -> Iterator[Mapping[str, Any]]:
    return map(reading.fields, reading.items(value))


@once
def ospf_neighbors(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    found = reading.fields(reading.fields(read).get("neighbors"))
    return [
        {
            "interface": reading.text(entry.get("ifaceName")).split(":")[0],
            "router_id": router,
            "state": reading.text(entry.get("nbrState")).split("/")[0],
        }
        for router, list_ in reading.pairs(found)
        for entry in entries(list_)
    ]


@once
def ospf_interfaces(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    pairs = reading.pairs(reading.fields(read).get("interfaces"))
    return [
        {
            "interface": name,
            "area": reading.text(entry.get("area")).split(" ")[0],
            "cost": reading.number(entry.get("cost")),
            "type": NETWORKS.get(kind := reading.text(entry.get("networkType")), kind.lower()),
            "hello": (reading.number(entry.get("timerMsecs")) or 0) / 1000,
            "dead": reading.number(entry.get("timerDeadSecs")),
            "passive": entry.get("timerPassiveIface") is True,
        }
        for name, entry in ((name, reading.fields(item)) for name, item in pairs)
        if entry.get("ospfEnabled") is True
    ]


@once
def ospf_routes(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    found = []
    for name, item in reading.pairs(read):
        entry = reading.fields(item)
        if (prefix := reading.network(name)) is None or not reading.text(entry.get("routeType")).startswith("N"):
            continue
        hops = list(entries(entry.get("nexthops")))
        via = (reading.address(hop.get("ip")) for hop in hops)
        devices = (reading.text(hop.get("via") or hop.get("directlyAttachedTo")) for hop in hops)
        kind = reading.text(entry.get("routeType"))
        cost = entry.get("type2cost") if kind == "N E2" else entry.get("cost")
        found.append(
            {
                "prefix": prefix,
                "type": OSPF_KINDS.get(kind, kind),
                "cost": reading.number(cost),
                "via": tuple(hop for hop in via if hop is not None),
                "dev": tuple(sorted({device for device in devices if device})),
            }
        )
    return found


@once
def ospf6_lsdb(printed: str) -> list[Row] | Silent:
    """Each advertisement once: FRR writes a line for each thing that one says."""
    read = table(printed)
    if isinstance(read, Silent):
        return read
    found: dict[tuple[str, ...], Row] = {}
    for scope in ("areaScopedLinkStateDb", "interfaceScopedLinkStateDb", "asScopedLinkStateDb"):
        for part in entries(reading.fields(read).get(scope)):
            area = str(reading.area(part.get("areaId")) or "") if scope != "asScopedLinkStateDb" else ""
            for lsa in entries(part.get("lsa")):
                kind = LSA_TYPES.get(word := reading.text(lsa.get("type")), word.lower())
                row = {"type": kind, "router_id": reading.text(lsa.get("advRouter")), "area": area}
                found[(*row.values(), reading.text(lsa.get("lsId")), reading.text(part.get("interface")))] = row
    return list(found.values())


@once
def ospf_lsdb(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    areas = [*reading.fields(reading.fields(read).get("areas")).items(), ("", read)]
    return [
        {"type": kind, "router_id": reading.text(lsa.get("advertisedRouter")), "area": str(area)}
        for area, part in areas
        for key, kind in LSDB.items()
        for lsa in entries(reading.fields(part).get(key))
    ]


@once
def bfd_sessions(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    return [
        {
            "peer": reading.address(entry.get("peer")),
            "interface": reading.text(entry.get("interface")),
            "state": reading.text(entry.get("status")),
            "multiplier": reading.number(entry.get("detect-multiplier")),
            "interval": reading.number(entry.get("transmit-interval")),
        }
        for entry in entries(read)
    ]


def _circuits(read: Any) -> Iterator[Mapping[str, Any]]:
    for area in entries(reading.fields(read).get("areas")):
        yield from entries(area.get("circuits"))


@once
def isis_adjacencies(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    return [
        {
            "interface": reading.text(at.get("name")),
            "neighbor": reading.text(circuit.get("adj")),
            "level": reading.number(circuit.get("level")),
            "state": reading.text(at.get("state")),
            "area": reading.text(reading.fields(at.get("area-address")).get("isonet")),
        }
        for circuit in _circuits(read)
        if (at := reading.fields(circuit.get("interface")))
    ]


@once
def isis_interfaces(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    return [
        {
            "interface": reading.text(at.get("name")),
            "level": reading.number(reading.text(level.get("level")).removeprefix("L")),
            "state": reading.text(at.get("state")),
            "type": reading.text(at.get("type")),
            "metric": reading.number(level.get("metric")),
            "hello": reading.number(level.get("hello-interval")),
            "passive": at.get("is-passive") == "passive",
        }
        for circuit in _circuits(read)
        if (at := reading.fields(circuit.get("interface")))
        for level in entries(at.get("levels"))
    ]


@once
def isis_routes(printed: str) -> list[Row] | Silent:
    """FRR writes a further next hop of a prefix as a line without the prefix."""
    read = table(printed)
    if isinstance(read, Silent):
        return read
    found: dict[tuple[Any, int], Row] = {}
    devices: dict[tuple[Any, int], set[str]] = {}
    for area in entries(read):
        for level in (1, 2):
            lines = reading.fields(area.get(f"level-{level}"))
            for entry in (*entries(lines.get("ipv6")), *entries(lines.get("ipv4"))):
                prefix = reading.network(entry.get("prefix") or entry.get("Prefix"))
                if prefix is None:
                    continue
                metric = reading.number(entry.get("metric", entry.get("Metric")))
                found.setdefault((prefix, level), {"prefix": prefix, "level": level, "metric": metric})
                device = reading.text(entry.get("interface") or entry.get("Interface"))
                devices.setdefault((prefix, level), set()).update({device} - {"", "-"})
    return [row | {"dev": tuple(sorted(devices[which]))} for which, row in found.items()]


@once
def isis_lsdb(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    return [
        {
            "router": reading.text(reading.fields(lsp.get("lsp")).get("id")).rsplit(".", 1)[0],
            "level": reading.number(level.get("id")),
            "attached": bits[:1] == "1",
            "partition": bits[2:3] == "1",
            "overload": bits[4:5] == "1",
        }
        for area in entries(reading.fields(read).get("areas"))
        for level in entries(area.get("levels"))
        for lsp in entries(level.get("lsps"))
        for bits in [reading.text(lsp.get("attPOl"))]
    ]


def _lines(printed: str) -> Iterator[str]:
    for line in printed.splitlines()[: reading.MOST]:
        step()
        yield line[:500]


@once
def babel_neighbors(printed: str) -> list[Row]:
    found = (BABEL_NEIGHBOR.match(line) for line in _lines(printed))
    return [{"interface": f[2], "address": reading.address(f[1]), "cost": reading.number(f[3])} for f in found if f]


@once
def babel_routes(printed: str) -> list[Row]:
    found = (BABEL_ROUTE.match(line) for line in _lines(printed))
    return [
        {
            "prefix": reading.network(f[1]),
            "interface": f[3],
            "via": reading.address(f[4]),
            "metric": reading.number(f[2]),
            "installed": "(installed)" in f[5],
        }
        for f in found
        if f
    ]
