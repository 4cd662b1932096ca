"""The library of faults: what goes wrong in networks, put into any lab that has a place for it.

A diagnosis should name each by its ``cause`` (labs.engine.diagnosis); ``manage.py diagnose`` tries that (rigs.diagnose).
A trouble ticket takes one of ``offered`` by a seed.
"""

from collections.abc import Sequence

from labs.engine.adapters.node_state import Network, look
from labs.engine.faults import bgp, bird, hosts, ospf, reach, rpki
from labs.engine.faults.base import Fault, Placed

__all__ = ["FAULTS", "Fault", "Network", "Placed", "look", "offered"]

FAULTS: Sequence[Fault] = (
    *ospf.FAULTS,
    *bgp.FAULTS,
    *hosts.FAULTS,
    *reach.FAULTS,
    *rpki.FAULTS,
    *bird.FAULTS,
)


def offered(network: Network, *, learner: bool = True) -> list[Placed]:
    """All faults that this network has a place for, each at each place; of the learner's own nodes only, if wanted so."""
    nodes = network.lab.nodes
    every = (placed for fault in FAULTS for placed in fault.places(network))
    return [placed for placed in every if nodes[placed.node].learner or not learner]
