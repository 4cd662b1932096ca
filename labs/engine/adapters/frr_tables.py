"""Parses what FRR 10.3 prints about OSPF, IS-IS, BFD and Babel, into rows. Together with ``frr`` it knows the keys."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.adapters.frr import NETWORKS, ROLES, elected
from labs.engine.adapters.routing_state import Silent
from labs.engine.cpu_budget import once, step

type Row = dict[str, Any]

OSPF_KINDS: Mapping[str, str] = {"N": "intra", "N IA": "inter", "N E1": "external1", "N E2": "external2"}
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
    """The JSON, or the sentence that the daemon printed instead."""
    loaded = untrusted.load(printed, keep_doubles=True)
    return loaded if isinstance(loaded, Mapping | list) else Silent(untrusted.text(printed))


def entries(value: object) -> Iterator[Mapping[str, Any]]:
    return map(untrusted.fields, untrusted.items(value))


def ospf_table(printed: str) -> Any:
    """Return the part of ospfd's output about one VRF: where the question names it, it stands below the VRF's name."""
    read = table(printed)
    inner = (untrusted.fields(item) for _name, item in untrusted.pairs(read)) if isinstance(read, Mapping) else ()
    return next((item for item in inner if "vrfName" in item), read)


@once
def ospf_neighbors(printed: str) -> list[Row] | Silent:
    read = ospf_table(printed)
    if isinstance(read, Silent):
        return read
    found = untrusted.fields(untrusted.fields(read).get("neighbors"))
    return [
        {
            "interface": untrusted.text(entry.get("ifaceName")).split(":")[0],
            "router_id": router,
            "state": untrusted.text(entry.get("nbrState")).split("/")[0],
            "role": ROLES.get(untrusted.text(entry.get("nbrState")).partition("/")[2], ""),
        }
        for router, list_ in untrusted.pairs(found)
        for entry in entries(list_)
    ]


@once
def ospf_interfaces(printed: str) -> list[Row] | Silent:
    read = ospf_table(printed)
    if isinstance(read, Silent):
        return read
    pairs = untrusted.pairs(untrusted.fields(read).get("interfaces"))
    return [
        {
            "interface": name,
            "area": untrusted.text(entry.get("area")).split(" ")[0],
            "cost": untrusted.number(entry.get("cost")),
            "type": NETWORKS.get(kind := untrusted.text(entry.get("networkType")), kind.lower()),
            "hello": (untrusted.number(entry.get("timerMsecs")) or 0) / 1000,
            "dead": untrusted.number(entry.get("timerDeadSecs")),
            "passive": entry.get("timerPassiveIface") is True,
            "role": ROLES.get(untrusted.text(entry.get("state")), ""),
            "priority": untrusted.number(entry.get("priority")),
            "dr": elected(entry.get("drId")),
            "bdr": elected(entry.get("bdrId")),
        }
        for name, entry in ((name, untrusted.fields(item)) for name, item in pairs)
        if entry.get("ospfEnabled") is True
    ]


@once
def ospf_routes(printed: str) -> list[Row] | Silent:
    read = ospf_table(printed)
    if isinstance(read, Silent):
        return read
    found = []
    for name, item in untrusted.pairs(read):
        entry = untrusted.fields(item)
        if (prefix := untrusted.network(name)) is None or not untrusted.text(entry.get("routeType")).startswith("N"):
            continue
        hops = list(entries(entry.get("nexthops")))
        via = (untrusted.address(hop.get("ip")) for hop in hops)
        devices = (untrusted.text(hop.get("via") or hop.get("directlyAttachedTo")) for hop in hops)
        kind = untrusted.text(entry.get("routeType"))
        cost = entry.get("type2cost") if kind == "N E2" else entry.get("cost")
        found.append(
            {
                "prefix": prefix,
                "type": OSPF_KINDS.get(kind, kind),
                "cost": untrusted.number(cost),
                "via": tuple(hop for hop in via if hop is not None),
                "dev": tuple(sorted({device for device in devices if device})),
            }
        )
    return found


@once
def ospf6_lsdb(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    return [
        {
            "type": untrusted.text(lsa.get("type")).lower().removeprefix("as-"),  # "AS-External" is "external" here
            "router_id": untrusted.text(lsa.get("advertisingRouter")),
            "area": str(untrusted.area(part.get("areaId")) or "") if scope != "asScopedLinkStateDb" else "",
        }
        for scope in ("areaScopedLinkStateDb", "interfaceScopedLinkStateDb", "asScopedLinkStateDb")
        for part in entries(untrusted.fields(read).get(scope))
        for lsa in entries(part.get("lsa"))
    ]


@once
def ospf_lsdb(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    areas = [*untrusted.fields(untrusted.fields(read).get("areas")).items(), ("", read)]
    return [
        {"type": kind, "router_id": untrusted.text(lsa.get("advertisedRouter")), "area": str(area)}
        for area, part in areas
        for key, kind in LSDB.items()
        for lsa in entries(untrusted.fields(part).get(key))
    ]


@once
def bfd_sessions(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    return [
        {
            "peer": untrusted.address(entry.get("peer")),
            "interface": untrusted.text(entry.get("interface")),
            "state": untrusted.text(entry.get("status")),
            "multiplier": untrusted.number(entry.get("detect-multiplier")),
            "interval": untrusted.number(entry.get("transmit-interval")),
        }
        for entry in entries(read)
    ]


def _circuits(read: Any) -> Iterator[Mapping[str, Any]]:
    for area in entries(untrusted.fields(read).get("areas")):
        yield from entries(area.get("circuits"))


@once
def isis_adjacencies(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    return [
        {
            "interface": untrusted.text(at.get("name")),
            "neighbor": untrusted.text(circuit.get("adj")),
            "level": untrusted.number(circuit.get("level")),
            "state": untrusted.text(at.get("state")),
            "area": untrusted.text(untrusted.fields(at.get("area-address")).get("isonet")),
        }
        for circuit in _circuits(read)
        if (at := untrusted.fields(circuit.get("interface")))
    ]


@once
def isis_interfaces(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    return [
        {
            "interface": untrusted.text(at.get("name")),
            "level": untrusted.number(untrusted.text(level.get("level")).removeprefix("L")),
            "state": untrusted.text(at.get("state")),
            "type": untrusted.text(at.get("type")),
            "metric": untrusted.number(level.get("metric")),
            "hello": untrusted.number(level.get("hello-interval")),
            "passive": at.get("is-passive") == "passive",
        }
        for circuit in _circuits(read)
        if (at := untrusted.fields(circuit.get("interface")))
        for level in entries(at.get("levels"))
    ]


@once
def isis_routes(printed: str) -> list[Row] | Silent:
    """FRR prints another next hop of a prefix as an entry of its own; they become one row."""
    read = table(printed)
    if isinstance(read, Silent):
        return read
    found: dict[tuple[Any, int], Row] = {}
    devices: dict[tuple[Any, int], set[str]] = {}
    for area in entries(read):
        for level in (1, 2):
            lines = untrusted.fields(area.get(f"level-{level}"))
            for entry in (*entries(lines.get("ipv6")), *entries(lines.get("ipv4"))):
                prefix = untrusted.network(entry.get("prefix") or entry.get("Prefix"))
                if prefix is None:
                    continue
                metric = untrusted.number(entry.get("metric", entry.get("Metric")))
                found.setdefault((prefix, level), {"prefix": prefix, "level": level, "metric": metric})
                device = untrusted.text(entry.get("interface") or entry.get("Interface"))
                devices.setdefault((prefix, level), set()).update({device} - {"", "-"})
    return [row | {"dev": tuple(sorted(devices[which]))} for which, row in found.items()]


@once
def isis_lsdb(printed: str) -> list[Row] | Silent:
    read = table(printed)
    if isinstance(read, Silent):
        return read
    return [
        {
            "router": untrusted.text(untrusted.fields(lsp.get("lsp")).get("id")).rsplit(".", 1)[0],
            "level": untrusted.number(level.get("id")),
            "attached": bits[:1] == "1",
            "partition": bits[2:3] == "1",
            "overload": bits[4:5] == "1",
        }
        for area in entries(untrusted.fields(read).get("areas"))
        for level in entries(area.get("levels"))
        for lsp in entries(level.get("lsps"))
        for bits in [untrusted.text(lsp.get("attPOl"))]
    ]


def _lines(printed: str) -> Iterator[str]:
    for line in printed.splitlines()[: untrusted.MOST]:
        step()
        yield line[:500]


@once
def babel_neighbors(printed: str) -> list[Row]:
    found = (BABEL_NEIGHBOR.match(line) for line in _lines(printed))
    return [{"interface": f[2], "address": untrusted.address(f[1]), "cost": untrusted.number(f[3])} for f in found if f]


@once
def babel_routes(printed: str) -> list[Row]:
    found = (BABEL_ROUTE.match(line) for line in _lines(printed))
    return [
        {
            "prefix": untrusted.network(f[1]),
            "interface": f[3],
            "via": untrusted.address(f[4]),
            "metric": untrusted.number(f[2]),
            "installed": "(installed)" in f[5],
        }
        for f in found
        if f
    ]
