"""Faults of route origin validation: between router and cache, and in the policy.

None of them touches what FRR is told of its cache. bgpd of FRR 10.3 ends when it is asked for its cache after ``rpki stop``,
and may end when a cache that it cannot reach is taken from its configuration.
"""

from collections.abc import Iterator

from labs.engine.adapters.node_state import Network
from labs.engine.definition.spec import Kind
from labs.engine.faults.base import Fault, Spot, of_kind, vtysh


def _down(network: Network) -> Iterator[Spot]:
    """The program that is the cache has ended. What starts it stands in the lab."""
    for seen in network.nodes.values():
        start = next((line for line in seen.node.start if line.startswith("stayrtr ")), None)
        if start:
            yield Spot(seen.node.name, "stayrtr", ("pkill -x stayrtr",), (start,))


def _no_policy(network: Network) -> Iterator[Spot]:
    """The entry of a route-map that dropped what is invalid is lost."""
    for seen in of_kind(network, Kind.FRR):
        for line in seen.config.lines:
            if line.text == "match rpki invalid" and line.mode[0].split()[2:3] == ["deny"]:
                yield Spot(
                    seen.node.name,
                    line.mode[0].split()[1],
                    (vtysh((), f"no {line.mode[0]}"),),
                    (vtysh(line.mode, line.text),),
                )


FAULTS = (
    Fault("rpki-cache-down", "rpki-refused", _down),
    Fault("rpki-no-policy", "rpki-no-policy", _no_policy),
)
