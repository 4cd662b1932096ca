"""Where the author of a lab wants two routers to be OSPFv3 neighbours: by its checks, its start, and its solution."""

import re
from collections.abc import Iterator

from labs.engine.adapters.config import Config, of_bird, of_frr
from labs.engine.adapters.node_state import BIRD_CONF, Port, Seen
from labs.engine.checks.ospf3 import Ospf3Neighbor
from labs.engine.definition.solution import typed
from labs.engine.definition.spec import Lab, Node
from labs.engine.diagnosis.ends import OSPF6, OspfEnd, ospf_end

FRR_CONF = "/etc/frr/frr.conf"
QUOTED = re.compile(r"-c (['\"])(.*?)\1")


def is_adjacency(lab: Lab, a: OspfEnd, b: OspfEnd) -> bool:
    """Whether these ends should meet: a check asks for it, or both are active when the lab is solved."""
    asked = {str(a), str(b)} & set(_asked(lab))
    return bool(asked) or all(_is_active(lab, end.seen.node, end.port.name) for end in (a, b))


def _asked(lab: Lab) -> Iterator[str]:
    for check in lab.checks():
        if check.type == Ospf3Neighbor.NAME and check.expect.get("present") is not False:
            yield from (f"{node}:{check.expect.get('interface')}" for node in check.on)


def _is_active(lab: Lab, node: Node, port: str) -> bool:
    start = ospf_end(Seen(node, config=_config(node)), Port(port))
    on, passive, here = start.on, start.passive, ""
    for line in _lines(lab, node):
        if line.startswith("interface "):
            here = line.split()[1]
        elif here == port and line.startswith(f"{OSPF6} area"):
            on = True
        elif here == port and line.removeprefix("no ") == f"{OSPF6} passive":
            passive = not line.startswith("no ")
    return on and not passive


def _config(node: Node) -> Config:
    texts = {file.path: file.content.decode(errors="replace") for file in node.files}
    return of_bird(texts[BIRD_CONF]) if BIRD_CONF in texts else of_frr(texts.get(FRR_CONF, ""))


def _lines(lab: Lab, node: Node) -> Iterator[str]:
    """What is typed on the node at the start and by the solution, each command of vtysh by itself."""
    for line in (*node.start, *typed(lab).get(node.name, ())):
        yield from (found[1].strip() for found in QUOTED.findall(line)) if "vtysh" in line else (line.strip(),)
