"""Finds the routing daemon of a node, so that checks and convergence ask FRR and BIRD the same questions.

Code that reads or writes texts of a configuration chooses by the kind of the node itself, because the two languages have no common
form: ``node_state``, ``labs.engine.state``, the faults, drafts, imports, and the validation of lab.yaml.
"""

from collections.abc import Callable, Mapping

from labs.engine.adapters.bird_daemon import BirdDaemon
from labs.engine.adapters.frr_daemon import FrrDaemon
from labs.engine.adapters.routing_daemon import RoutingDaemon
from labs.engine.definition.spec import Kind, Node

DAEMONS: Mapping[Kind, Callable[[str, str], RoutingDaemon]] = {Kind.FRR: FrrDaemon, Kind.BIRD: BirdDaemon}


def is_router(node: Node) -> bool:
    return node.kind in DAEMONS


def is_frr(node: Node) -> bool:
    return node.kind is Kind.FRR


def daemon_of(node: Node, vrf: str = "") -> RoutingDaemon:
    """The node's daemon. A node without one is asked like FRR, and its supervisor refuses.

    ``vrf`` is the VRF about which FRR is asked. BIRD has none that it could be asked about: its protocols have names.
    """
    return DAEMONS.get(node.kind, FrrDaemon)(node.name, vrf)
