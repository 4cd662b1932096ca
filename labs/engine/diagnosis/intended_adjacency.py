"""Decides whether the author of a lab intends two routers to be OSPFv3 neighbours. Checks, start files and solution tell it."""

import re
from collections.abc import Iterator

from labs.engine.adapters.node_state import Port, Seen, start_config
from labs.engine.adapters.ospf3_config import OSPF6, Ospf3Config, ospf3_config
from labs.engine.checks.ospf3 import Ospf3Neighbor
from labs.engine.definition.solution import typed
from labs.engine.definition.spec import Lab, Node

QUOTED = re.compile(r"-c (['\"])(.*?)\1")


def is_adjacency(lab: Lab, a: Ospf3Config, b: Ospf3Config) -> bool:
    """Whether these ends should be neighbours: a check expects it, or both are active when the lab is solved."""
    asked = {str(a), str(b)} & set(_expected(lab))
    return bool(asked) or all(_is_active(lab, end.seen.node, end.port.name) for end in (a, b))


def _expected(lab: Lab) -> Iterator[str]:
    for check in lab.checks():
        if check.type == Ospf3Neighbor.NAME and check.expect.get("present") is not False:
            yield from (f"{node}:{check.expect.get('interface')}" for node in check.on)


def _is_active(lab: Lab, node: Node, port: str) -> bool:
    start = ospf3_config(Seen(node, config=start_config(node)), Port(port))
    on, passive, here = start.on, start.passive, ""
    for line in _lines(lab, node):
        if line.startswith("interface "):
            here = line.split()[1]
        elif here == port and line.startswith(f"{OSPF6} area"):
            on = True
        elif here == port and line.removeprefix("no ") == f"{OSPF6} passive":
            passive = not line.startswith("no ")
    return on and not passive


def _lines(lab: Lab, node: Node) -> Iterator[str]:
    """The commands of the node's start and of the solution, with each command of vtysh on its own line."""
    for line in (*node.start, *typed(lab).get(node.name, ())):
        yield from (found[1].strip() for found in QUOTED.findall(line)) if "vtysh" in line else (line.strip(),)
