"""Faults of links and of OSPFv3 on FRR."""

from collections.abc import Callable, Iterator
from functools import partial

from labs.engine.adapters.daemons import is_router
from labs.engine.adapters.node_state import Network, Port, Seen
from labs.engine.definition.spec import Kind
from labs.engine.faults.base import (
    Fault,
    Lines,
    Spot,
    ask_vtysh,
    dropped,
    of_kind,
    restored,
    setting,
    vtysh,
    with_line,
    without,
)

OSPF6 = "ipv6 ospf6"
type Change = Callable[[Seen, tuple[str, ...]], tuple[str, str] | None]


def _active_interfaces(network: Network) -> Iterator[tuple[Seen, Port]]:
    """Yield the interfaces on which FRR has active OSPFv3 and another router is on the link."""
    for seen in of_kind(network, Kind.FRR):
        for port in seen.ports.values():
            mode = f"interface {port.name}"
            active = seen.config.find(f"{OSPF6} area", mode) and not seen.config.find(f"{OSPF6} passive", mode)
            others = network.on_link(seen.node.name, port.name)
            if active and any(is_router(other.node) for other, _port in others):
                yield seen, port


def _on_interface(change: Change, network: Network) -> Iterator[Spot]:
    for seen, port in _active_interfaces(network):
        if lines := change(seen, (f"interface {port.name}",)):
            again = ask_vtysh(f"clear ipv6 ospf6 interface {port.name}")
            yield Spot(seen.node.name, port.name, (lines[0], again), (lines[1], again))


def _value(start: str, value: str) -> Change:
    return lambda seen, mode: setting(seen, mode, f"{OSPF6} {start}", value)


def _area(seen: Seen, mode: tuple[str, ...]) -> tuple[str, str] | None:
    old = seen.config.find(f"{OSPF6} area", *mode)
    new = f"{OSPF6} area 77"
    return (vtysh(mode, f"no {old.text}", new), vtysh(mode, f"no {new}", old.text)) if old else None


def _not_on(seen: Seen, mode: tuple[str, ...]) -> tuple[str, str] | None:
    old = seen.config.find(f"{OSPF6} area", *mode)
    return without(old) if old else None


def _passive(seen: Seen, mode: tuple[str, ...]) -> tuple[str, str]:
    return with_line(mode, f"{OSPF6} passive")


def _signed(seen: Seen, mode: tuple[str, ...]) -> tuple[str, str] | None:
    if seen.config.find(f"{OSPF6} authentication", *mode):
        return None
    return with_line(mode, f"{OSPF6} authentication key-id 1 hash-algo hmac-sha-256 key secret")


def _type(seen: Seen, mode: tuple[str, ...]) -> tuple[str, str] | None:
    old = seen.config.after(f"{OSPF6} network", *mode)
    return setting(seen, mode, f"{OSPF6} network", "broadcast" if old == "point-to-point" else "point-to-point")


def _router_id(network: Network) -> Iterator[Spot]:
    """Give a router the router ID of a neighbour."""
    for seen, port in _active_interfaces(network):
        for other, _port in network.on_link(seen.node.name, port.name):
            theirs = other.config.after("ospf6 router-id", "router ospf6") or other.config.after("router id")
            mine = seen.config.find("ospf6 router-id", "router ospf6")
            if theirs and mine:
                again = ask_vtysh("clear ipv6 ospf6 process")
                inject, repair = setting(seen, mine.heads, "ospf6 router-id", theirs)
                yield Spot(seen.node.name, other.node.name, (inject, again), (repair, again))


def _filter(network: Network) -> Iterator[Spot]:
    for seen, port in _active_interfaces(network):
        inject, repair = dropped(seen, "lan", "input", f"iifname {port.name} meta l4proto 89 drop")
        yield Spot(seen.node.name, port.name, inject, repair)


def _mtu(network: Network) -> Iterator[Spot]:
    for seen, port in _active_interfaces(network):
        yield Spot(seen.node.name, port.name, _with_mtu(seen, port, 1400), _with_mtu(seen, port, port.mtu))


def _with_mtu(seen: Seen, port: Port, mtu: int) -> Lines:
    back = restored(seen, port)
    return (f"ip link set {port.name} down; ip link set {port.name} mtu {mtu} up", *back)


def _unannounced(network: Network) -> Iterator[Spot]:
    """Remove a network behind a router from OSPF."""
    for seen in of_kind(network, Kind.FRR):
        for port in seen.ports.values():
            mode = f"interface {port.name}"
            area = seen.config.find(f"{OSPF6} area", mode)
            quiet = seen.config.find(f"{OSPF6} passive", mode) or port.name == "lo"
            if area and quiet and any(not held.link_local for held in port.held if held.at.version == 6):
                inject, repair = without(area)
                yield Spot(seen.node.name, port.name, (inject,), (repair,))


def _cabled(network: Network) -> Iterator[tuple[Seen, Port]]:
    for seen in network.nodes.values():
        for end in network.lab.interfaces(seen.node.name):
            if end.name in seen.ports:
                yield seen, seen.ports[end.name]


def _down(network: Network) -> Iterator[Spot]:
    for seen, port in _cabled(network):
        up = (f"ip link set {port.name} up", *restored(seen, port))
        yield Spot(seen.node.name, port.name, (f"ip link set {port.name} down",), up)


def _shutdown(network: Network) -> Iterator[Spot]:
    for seen, port in _cabled(network):
        if seen.node.kind is Kind.FRR:
            inject, repair = with_line((f"interface {port.name}",), "shutdown")
            yield Spot(seen.node.name, port.name, (inject,), (repair, *restored(seen, port)))


def _ospf(id_: str, cause: str, change: Change) -> Fault:
    return Fault(id_, cause, partial(_on_interface, change))


FAULTS = (
    Fault("link-down", "link-down", _down),
    Fault("link-shutdown", "link-down", _shutdown),
    Fault("mtu", "mtu", _mtu),
    _ospf("ospf-hello", "ospf-timers", _value("hello-interval", "3")),
    _ospf("ospf-dead", "ospf-timers", _value("dead-interval", "9")),
    _ospf("ospf-passive", "ospf-passive", _passive),
    _ospf("ospf-not-on", "ospf-not-on", _not_on),
    _ospf("ospf-area", "ospf-area", _area),
    _ospf("ospf-instance", "ospf-instance", _value("instance-id", "5")),
    _ospf("ospf-auth", "ospf-auth", _signed),
    _ospf("ospf-type", "ospf-type", _type),
    _ospf("ospf-mtu", "mtu", _value("ifmtu", "1400")),
    Fault("ospf-router-id", "router-id", _router_id),
    Fault("ospf-filter", "ospf-filter", _filter),
    Fault("ospf-unannounced", "ospf-unannounced", _unannounced),
)
