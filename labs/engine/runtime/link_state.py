"""Asks whether the links of a lab are up: one question to each node that has an end."""

from collections.abc import Mapping

from labs.engine.adapters import untrusted
from labs.engine.definition.spec import Lab, Link
from labs.engine.shared.asker import Asker

STATES = ("UP", "DOWN", "GONE")


def read_link_states(lab: Lab, asker: Asker, *, seconds: float = 5) -> dict[str, str]:
    """Return the state of each end: UP, DOWN or GONE. Ends of a node that does not answer are left out."""
    nodes = sorted({end.node for link in lab.links for end in link.ends})
    asks = [{"ask": "links", "node": node, "interfaces": [end.name for end in lab.interfaces(node)]} for node in nodes]
    ends: dict[str, str] = {}
    for node, answer in zip(nodes, asker.ask(asks, seconds=seconds), strict=True):
        found = untrusted.fields(answer.get("links"))
        ends |= {str(end): found[end.name] for end in lab.interfaces(node) if found.get(end.name) in STATES}
    return ends


def state(link: Link, ends: Mapping[str, str]) -> str:
    """Return up, down or unknown, from the states of the ends that ``read_link_states`` returned."""
    seen = [ends.get(str(end)) for end in link.ends]
    if any(one not in (None, "UP") for one in seen):
        return "down"
    return "unknown" if None in seen else "up"
