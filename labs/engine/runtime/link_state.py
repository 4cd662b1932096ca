"""Whether the links of a lab are up: one question to each node that has an end."""

from collections.abc import Mapping

from labs.engine.definition.spec import Lab, Link
from labs.engine.runtime.client import Asker


def look(lab: Lab, asker: Asker, *, seconds: float = 5) -> dict[str, str]:
    """Return the state of each end: UP, DOWN or GONE. We read the flags, because the kernel's operstate can be a second late."""
    nodes = sorted({end.node for link in lab.links for end in link.ends})
    asks = [{"ask": "ip", "node": node, "args": ["link"]} for node in nodes]
    ends: dict[str, str] = {}
    for node, answer in zip(nodes, asker.ask(asks, seconds=seconds), strict=True):
        if not answer["ok"]:
            continue
        found = {
            one.get("ifname"): "UP" if {"UP", "LOWER_UP"} <= set(one["flags"]) else "DOWN" for one in answer["json"]
        }
        ends |= {str(end): found.get(end.name, "GONE") for end in lab.interfaces(node)}
    return ends


def state(link: Link, ends: Mapping[str, str]) -> str:
    """Return up, down or unknown, from the states of the ends that ``look`` returned."""
    seen = [ends.get(str(end)) for end in link.ends]
    if any(one not in (None, "UP") for one in seen):
        return "down"
    return "unknown" if None in seen else "up"
