"""Faults of hosts that make their address from a router's advertisement, and of that router."""

from collections.abc import Iterator
from functools import partial

from labs.engine.adapters.node_state import Network, Port, Seen
from labs.engine.adapters.untrusted import AnyNetwork
from labs.engine.definition.spec import Kind
from labs.engine.faults.base import Fault, Spot, dropped, of_kind, vtysh, with_line


def _hosts(network: Network) -> Iterator[tuple[Seen, Port, AnyNetwork]]:
    """The ports that have an address by advertisement, and its prefix."""
    for seen in of_kind(network, Kind.HOST):
        for port in seen.ports.values():
            held = next((h for h in port.held if h.dynamic and h.at.network.prefixlen == 64), None)
            if held:
                yield seen, port, held.at.network


def _routers(network: Network) -> Iterator[tuple[Seen, Port, AnyNetwork]]:
    """The ports of FRR that advertise to such a host, each once."""
    known: set[tuple[str, str]] = set()
    for host, at, prefix in _hosts(network):
        for seen, port in network.on_link(host.node.name, at.name):
            mode, place = f"interface {port.name}", (seen.node.name, port.name)
            speaks = seen.node.kind is Kind.FRR and seen.config.find("no ipv6 nd suppress-ra", mode)
            if speaks and place not in known:
                known.add(place)
                yield seen, port, prefix


def _forgets(port: Port) -> str:
    return f"ip -6 addr flush dev {port.name} scope global dynamic"


def _setting(key: str, bad: int, good: int, network: Network) -> Iterator[Spot]:
    for seen, port, _prefix in _hosts(network):
        lines = [f"sysctl -qw net.ipv6.conf.{port.name}.{key}={value}" for value in (bad, good)]
        yield Spot(seen.node.name, port.name, (lines[0], _forgets(port)), (lines[1],))


def _guard(network: Network) -> Iterator[Spot]:
    for seen, port, _prefix in _hosts(network):
        rule = f"iifname {port.name} icmpv6 type nd-router-advert drop"
        put_in, take_out = dropped(seen, "guard", "input", rule)
        yield Spot(seen.node.name, port.name, (*put_in, _forgets(port)), take_out)


def _duplicate(network: Network) -> Iterator[Spot]:
    """Somebody else on the link has the address that the host makes itself; the host must come up anew to notice."""
    for host, at, prefix in _hosts(network):
        address = next(held.at.ip for held in at.held if held.dynamic and held.at.network == prefix)
        for seen, port in network.on_link(host.node.name, at.name)[:1]:
            add, drop = (f"ip addr {verb} {address}/128 dev {port.name}" for verb in ("add", "del"))
            yield Spot(seen.node.name, f"{host.node.name}:{at.name}", (f"{add} nodad",), (drop,))


def _silent(network: Network) -> Iterator[Spot]:
    for seen, port, _prefix in _routers(network):
        lines = [vtysh((f"interface {port.name}",), f"{no}ipv6 nd suppress-ra") for no in ("", "no ")]
        yield Spot(seen.node.name, port.name, (lines[0],), (lines[1],))


def _prefix(change: str, network: Network) -> Iterator[Spot]:
    """The prefix is advertised in another way. FRR advertises those of its addresses, and those that it is told."""
    for seen, port, prefix in _routers(network):
        mode, told = (f"interface {port.name}",), f"ipv6 nd prefix {prefix}"
        was = seen.config.find(told, f"interface {port.name}")
        back = vtysh(mode, f"no {told}", *([was.text] if was else []))
        new = {
            "flag": f"{told} no-autoconfig",
            "length": f"ipv6 nd prefix {prefix.supernet(new_prefix=60)}",
            "other": "ipv6 nd prefix 2001:db8:bad::/64",
        }[change]
        if change == "flag":
            yield Spot(seen.node.name, port.name, (vtysh(mode, new),), (back,))
        elif was:
            undo = vtysh(mode, f"no {new}", was.text)
            yield Spot(seen.node.name, port.name, (vtysh(mode, f"no {was.text}", new),), (undo,))


def _disabled(network: Network) -> Iterator[Spot]:
    for seen in of_kind(network, Kind.HOST):
        for end in network.lab.interfaces(seen.node.name):
            port = seen.ports.get(end.name)
            if port and any(held.at.version == 6 and not held.link_local for held in port.held):
                key = f"sysctl -qw net.ipv6.conf.{port.name}.disable_ipv6="
                nodad = [
                    f"ip addr replace {h.at} dev {port.name} nodad"
                    for h in port.held
                    if h.at.version == 6 and not h.dynamic and not h.link_local
                ]
                ways = [
                    f"ip -6 route replace {way.to} via {way.via} dev {port.name}"
                    for way in seen.ways
                    if way.to.version == 6 and way.dev == port.name and way.via and way.protocol in ("boot", "static")
                ]
                yield Spot(seen.node.name, port.name, (f"{key}1",), (f"{key}0", *nodad, *ways))


def _lifetime(network: Network) -> Iterator[Spot]:
    """A router that says it is none: hosts make addresses, and no default route."""
    for seen, port, _prefix in _routers(network):
        if not seen.config.find("ipv6 nd ra-lifetime", f"interface {port.name}"):
            put_in, take_out = with_line((f"interface {port.name}",), "ipv6 nd ra-lifetime 0")
            yield Spot(seen.node.name, port.name, (put_in,), (take_out,))


FAULTS = (
    Fault("slaac-accept", "slaac-accept", partial(_setting, "accept_ra", 0, 1)),
    Fault("slaac-forwarding", "slaac-forwarding", partial(_setting, "forwarding", 1, 0)),
    Fault("slaac-autoconf", "slaac-autoconf", partial(_setting, "autoconf", 0, 1)),
    Fault("slaac-guard", "slaac-guard", _guard),
    Fault("slaac-duplicate", "address-duplicate", _duplicate),
    Fault("slaac-silent", "slaac-silent", _silent),
    Fault("slaac-flag", "slaac-flag", partial(_prefix, "flag")),
    Fault("slaac-length", "slaac-length", partial(_prefix, "length")),
    Fault("slaac-prefix", "slaac-prefix", partial(_prefix, "other")),
    Fault("ra-lifetime", "ra-lifetime", _lifetime),
    Fault("ipv6-disabled", "ipv6-disabled", _disabled),
)
