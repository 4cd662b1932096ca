"""Faults of route origin validation: between router and cache, and in the policy.

No fault changes FRR's own configuration of the cache: bgpd of FRR 10.3 crashes when it is asked about its cache after
``rpki stop``, and it may crash when a cache that it cannot reach is removed from its configuration.
"""

from collections.abc import Iterator

from labs.engine.adapters.node_state import Network
from labs.engine.definition.spec import Kind
from labs.engine.faults.base import Fault, Spot, of_kind, vtysh


def _down(network: Network) -> Iterator[Spot]:
    """End the cache's program. The lab's start commands say how to start it again."""
    for seen in network.nodes.values():
        start = next((line for line in seen.node.start if line.startswith("stayrtr ")), None)
        if start:
            yield Spot(seen.node.name, "stayrtr", ("pkill -x stayrtr",), (start,))


def _no_policy(network: Network) -> Iterator[Spot]:
    """Remove the route-map entry that denies invalid routes."""
    for seen in of_kind(network, Kind.FRR):
        for line in seen.config.lines:
            if line.text == "match rpki invalid" and line.heads[0].split()[2:3] == ["deny"]:
                yield Spot(
                    seen.node.name,
                    line.heads[0].split()[1],
                    (vtysh((), f"no {line.heads[0]}"),),
                    (vtysh(line.heads, line.text),),
                )


FAULTS = (
    Fault("rpki-cache-down", "rpki-refused", _down),
    Fault("rpki-no-policy", "rpki-no-policy", _no_policy),
)
