"""Finds a cable that is unplugged on the page of the lab as a cause, where no node has answered in time.

The site knows these cables without asking a node. That a check needs one of them follows from the solved network alone.
"""

from collections.abc import Collection

from labs.engine.adapters.node_state import Network
from labs.engine.checks import CheckType
from labs.engine.cpu_budget import step
from labs.engine.definition.spec import Interface, Lab, Link, Node
from labs.engine.diagnosis import compared
from labs.engine.diagnosis.causes import Cause, cause
from labs.engine.diagnosis.dependencies import CARRIES, RESTS_ON
from labs.engine.diagnosis.items import Item, Kind, Networks
from labs.engine.diagnosis.packet_filters import Packet
from labs.engine.state.facts import State

MOST_ITEMS = 200  # that one search looks at
FROM_LAB = (Kind.LINK, Kind.ADJACENCY)  # what the drawing of the lab tells, without a solved network


def search(check: CheckType, node: Node, lab: Lab, model: State | None, unplugged: Collection[Link]) -> Cause | None:
    """The nearest unplugged cable on which the check rests. None also for a check of what should not be there."""
    if not unplugged or compared.is_unwanted(check) or check.vrf_name():
        return None
    ends = {(end.node, end.name): end for link in unplugged for end in link.ends}
    networks = Networks(lab, Network(lab, {}), {}, model or {})
    seen: set[Item] = set()
    for root in compared.roots(check, node):
        if end := _under(networks, root, Packet(), ends, seen):
            return cause("cable", f"ip link show {end.name}", end.node, end=str(end))
    return None


def _under(
    networks: Networks, item: Item, packet: Packet, ends: dict[tuple[str, str], Interface], seen: set[Item]
) -> Interface | None:
    step()
    if item in seen or len(seen) > MOST_ITEMS:
        return None
    seen.add(item)
    if item.kind is Kind.LINK:
        return ends.get((item.node, item.at))
    if item.node not in networks.model and item.kind not in FROM_LAB:
        return None
    networks.packet = packet = CARRIES.get(item.kind, packet)
    for below in RESTS_ON[item.kind](networks, item) if item.kind in RESTS_ON else ():
        if found := _under(networks, below, packet, ends, seen):
            return found
        networks.packet = packet
    return None
