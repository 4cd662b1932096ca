"""The library of faults: typical mistakes in networks, to be injected into any lab that has a place for them.

A diagnosis should name each fault by its ``cause`` (labs.engine.diagnosis); ``manage.py diagnose`` (rigs.diagnose) tests that.
A trouble ticket gets one of ``available_faults``, chosen by a seed.
"""

from collections.abc import Sequence

from labs.engine.adapters.node_state import Network, read_network
from labs.engine.faults import bgp, bird, hosts, ospf, reach, rpki
from labs.engine.faults.base import Fault, PlacedFault

__all__ = ["FAULTS", "Fault", "Network", "PlacedFault", "available_faults", "read_network"]

FAULTS: Sequence[Fault] = (
    *ospf.FAULTS,
    *bgp.FAULTS,
    *hosts.FAULTS,
    *reach.FAULTS,
    *rpki.FAULTS,
    *bird.FAULTS,
)


def available_faults(network: Network, *, learner: bool = True) -> list[PlacedFault]:
    """Return every fault at every place that this network has for it. With ``learner``, only on the learner's own nodes."""
    nodes = network.lab.nodes
    every = (placed for fault in FAULTS for placed in fault.places(network))
    return [placed for placed in every if nodes[placed.node].learner or not learner]
