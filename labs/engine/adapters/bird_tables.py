"""Parses what BIRD 2.17 prints about OSPF, BFD and Babel, into rows. Together with ``bird`` it knows the labels."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from labs.engine.adapters import bird, untrusted
from labs.engine.adapters.routing_state import Silent
from labs.engine.cpu_budget import once, step

type Row = dict[str, Any]

LSA = re.compile(r"^\s*([0-9a-f]{4})\s+(\d+\.\d+\.\d+\.\d+)\s+(\d+\.\d+\.\d+\.\d+)\s+[0-9a-f]{8}\s")
LSA_TYPES: Mapping[str, str] = {
    "2001": "router",
    "2002": "network",
    "2003": "inter-prefix",
    "2004": "inter-router",
    "4005": "external",
    "2007": "nssa",
    "0008": "link",
    "2009": "intra-prefix",
    # OSPFv2 (RFC 2328)
    "0001": "router",
    "0002": "network",
    "0003": "summary",
    "0004": "asbr-summary",
    "0005": "external",
    "0007": "nssa",
}
TIME = r"\s+\d[\d:. -]*\d"
BFD = re.compile(rf"^(\S+)\s+(\S+)\s+(Up|Down|Init|AdminDown){TIME}\s+(\d+\.\d+)\s+(\d+\.\d+)\s*$")
BABEL_NEIGHBOR = re.compile(r"^(fe80:\S+)\s+(\S+)\s+(\d+)\s")
BABEL_ROUTE = re.compile(r"^(\S+/\d+)\s+(\S+)\s+(\S+)\s+(\d+)\s+([*+ ])")


def _said(lines: Sequence[str], head: str) -> Silent | None:
    """BIRD answers with a sentence if the protocol does not run."""
    return None if any(head in line for line in lines) else Silent(untrusted.text(" ".join(lines)))


@once
def ospf_neighbors(lines: Sequence[str]) -> list[Row] | Silent:
    known = bird.neighbors({"output": "\n".join(lines)}, 2)
    if isinstance(known, Silent):
        return known
    return [{"interface": at.interface, "router_id": at.router_id, "state": at.state, "role": at.role} for at in known]


@once
def ospf_interfaces(lines: Sequence[str]) -> list[Row] | Silent:
    known = bird.interfaces({"output": "\n".join(lines)}, 2)
    if isinstance(known, Silent):
        return known
    return [{"interface": at.name, **at.settings} for at in known]


@once
def ospf_routes(lines: Sequence[str]) -> list[Row]:
    return [
        {
            "prefix": prefix,
            "type": bird.ROUTE_KINDS[kind],
            "cost": untrusted.number(attributes.get("OSPF.metric2" if kind == "OSPF-E2" else "OSPF.metric1")),
            "via": hops,
            "dev": tuple(sorted(set(devices))),
        }
        for prefix, _best, attributes, devices, hops in bird.routes(lines)
        if (kind := attributes.get("Type", "").split(" ")[0]) in bird.ROUTE_KINDS
    ]


@once
def ospf_lsdb(lines: Sequence[str]) -> list[Row] | Silent:
    found, area = [], ""
    for line in lines:
        step()
        if line.startswith(("Area ", "Global", "Link ")):
            area = line.split()[1] if line.startswith("Area ") and len(line.split()) > 1 else ""
        elif lsa := LSA.match(line):
            found.append({"type": LSA_TYPES.get(lsa[1], lsa[1]), "router_id": lsa[3], "area": area})
    return _said(lines, "LS ID") or found


@once
def bfd_sessions(lines: Sequence[str]) -> list[Row] | Silent:
    found = (BFD.match(line) for line in lines)
    rows = [
        {
            "peer": untrusted.address(f[1]),
            "interface": f[2],
            "state": f[3].lower(),
            "multiplier": None,
            "interval": (untrusted.number(f[4]) or 0) * 1000,
        }
        for f in found
        if f
    ]
    return _said(lines, "IP address") or rows


@once
def babel_neighbors(lines: Sequence[str]) -> list[Row] | Silent:
    found = (BABEL_NEIGHBOR.match(line) for line in lines)
    rows = [{"interface": f[2], "address": untrusted.address(f[1]), "cost": untrusted.number(f[3])} for f in found if f]
    return _said(lines, "IP address") or rows


@once
def babel_routes(lines: Sequence[str]) -> list[Row] | Silent:
    found = (BABEL_ROUTE.match(line) for line in lines)
    rows = [
        {
            "prefix": untrusted.network(f[1]),
            "interface": f[3],
            "via": untrusted.address(f[2]),
            "metric": untrusted.number(f[4]),
            "installed": f[5] == "*",
        }
        for f in found
        if f
    ]
    return _said(lines, "Prefix") or rows


@once
def rip_routes(lines: Sequence[str]) -> list[Row]:
    return [
        {"prefix": prefix, "via": hops, "metric": untrusted.number(attributes.get("RIP.metric"))}
        for prefix, _best, attributes, _devices, hops in bird.routes(lines)
        if prefix is not None
    ]


@once
def rip_neighbors(lines: Sequence[str], version: int) -> list[Row]:
    """Of RIP (version of IP 4) or RIPng (6): BIRD prints those of all its protocols."""
    found = (untrusted.address(line.split()[0]) for line in lines if line.strip())
    return [{"address": address} for address in found if address is not None and address.version == version]
