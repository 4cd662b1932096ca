"""Faults of route origin validation: between router and cache, and in the policy."""

from collections.abc import Iterator

from labs.engine.faults.base import Fault, Spot, ask_vtysh, bird_edit, of_kind, vtysh
from labs.engine.seen import Network, Seen
from labs.engine.spec import Kind


def _caches(network: Network) -> Iterator[tuple[Seen, str]]:
    for seen in of_kind(network, Kind.FRR):
        for line in seen.config.within("rpki"):
            if line.text.startswith("rpki cache"):
                yield seen, line.text


def _port(network: Network) -> Iterator[Spot]:
    """Of BIRD only: bgpd of FRR 10.3 may end when a cache that it cannot reach is taken from its configuration."""
    for seen in of_kind(network, Kind.BIRD):
        for head in seen.config.heads("protocol rpki"):
            remote = seen.config.after("remote", head) or ""
            if " port " in remote:
                port = remote.rsplit(" ", 1)[1]
                put, take = bird_edit(head, f"port {port}", f"port {int(port) + 1}")
                yield Spot(seen.node.name, remote.split()[0], (put,), (take,))


def _stopped(network: Network) -> Iterator[Spot]:
    for seen in dict.fromkeys(seen.node.name for seen, _line in _caches(network)):
        yield Spot(seen, "bgpd", (ask_vtysh("rpki stop"),), (ask_vtysh("rpki start"),))


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
    Fault("rpki-port", "rpki-refused", _port),
    Fault("rpki-stopped", "rpki-stopped", _stopped),
    Fault("rpki-cache-down", "rpki-refused", _down),
    Fault("rpki-no-policy", "rpki-no-policy", _no_policy),
)
