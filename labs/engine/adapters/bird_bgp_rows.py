"""Makes rows of what BIRD 2.17 prints about BGP sessions and routes. As in ``bird``, all labels are known here."""

import re
from collections.abc import Sequence
from typing import Any

from labs.engine.adapters import bird, untrusted
from labs.engine.cpu_budget import once, step

type Row = dict[str, Any]

TIMER = re.compile(r"/\s*(\d+)")


@once
def neighbors(lines: Sequence[str]) -> list[Row]:
    return [
        {
            "peer": peer,
            "state": part.get("BGP state", ""),
            "remote_as": untrusted.number(part.get("Neighbor AS", "")),
            "hold": _timer(part.get("Hold timer", "")),
            "keepalive": _timer(part.get("Keepalive timer", "")),
            "password": False,
            "hops": None,
            "role": "",
            "families": tuple(line.split()[1] for line in words if line.startswith("  Channel ")),
            "capabilities": _capabilities(words),
            "policy_in": part.get("Input filter", ""),
            "policy_out": part.get("Output filter", ""),
            "limit": untrusted.number(part.get("Import limit", "")),
            "keeps_all": False,
        }
        for words, part in _sessions(lines)
        if (peer := untrusted.address(part.get("Neighbor address", ""))) is not None
    ]


@once
def _sessions(lines: Sequence[str]) -> list[tuple[list[str], dict[str, str]]]:
    """The lines of each BGP protocol, and the value of each label."""
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
    return untrusted.number(found[1]) if (found := TIMER.search(words[:60])) else None


def _capabilities(lines: Sequence[str]) -> tuple[str, ...]:
    """The peer's capabilities: the lines that are indented one step more than their head."""
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
def routes(lines: Sequence[str], family: str) -> list[Row]:
    """The routes of one address family. The BGP attributes are empty for a route from another protocol of the router."""
    return [
        {
            "prefix": prefix,
            "as_path": attributes.get("BGP.as_path", ""),
            "next_hop": tuple(h for h in map(untrusted.address, attributes.get("BGP.next_hop", "").split()) if h),
            "med": untrusted.number(attributes.get("BGP.med", "0")),
            "community": bird.communities(attributes, "community"),
            "large_community": bird.communities(attributes, "large_community"),
            "ext_community": bird.communities(attributes, "ext_community"),
            "origin": attributes.get("BGP.origin", ""),
            "best": best,
        }
        for prefix, best, attributes, _devices, _hops in bird.routes(lines)
        if prefix is not None and bird.is_of(family, prefix)
    ]


@once
def aggregates(lines: Sequence[str]) -> list[Row]:
    return [
        {
            "prefix": prefix,
            "aggregator_as": untrusted.number(attributes["BGP.aggregator"].rpartition("AS")[2]),
            "atomic": "BGP.atomic_aggr" in attributes,
        }
        for prefix, _best, attributes, _devices, _hops in bird.routes(lines)
        if prefix is not None and "BGP.aggregator" in attributes
    ]
