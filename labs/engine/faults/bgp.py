"""Faults of BGP sessions and of the routes that pass them, on FRR."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from labs.engine.adapters import untrusted
from labs.engine.adapters.config_blocks import Line
from labs.engine.adapters.node_state import Network, Port, Seen
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.definition.spec import Kind
from labs.engine.faults.base import Fault, Lines, Spot, ask_vtysh, dropped, of_kind, vtysh, with_line, without

FAMILY = {6: "address-family ipv6 unicast", 4: "address-family ipv4 unicast"}


@dataclass(frozen=True, slots=True)
class Peering:
    """A BGP neighbour in the configuration of a router."""

    seen: Seen
    peer: AnyAddress
    port: Port | None  # the interface to the peer's link

    @property
    def me(self) -> str:
        return f"neighbor {self.peer}"

    @property
    def mode(self) -> tuple[str, ...]:
        return (self.seen.config.heads("router bgp")[0],)

    @property
    def family(self) -> tuple[str, ...]:
        return (*self.mode, FAMILY[self.peer.version])

    @property
    def my_as(self) -> str:
        return self.mode[0].split()[2]

    @property
    def its_as(self) -> str:
        return self.seen.config.after(f"{self.me} remote-as", *self.mode) or ""

    def lines(self) -> list[Line]:
        """Return all lines of the configuration about this neighbour."""
        return [line for line in self.seen.config.lines if line.rest(self.me) is not None]

    def again(self) -> str:
        return ask_vtysh(f"clear bgp {self.peer}")

    def at(self, inject: Lines, repair: Lines) -> Spot:
        return Spot(self.seen.node.name, str(self.peer), (*inject, self.again()), (*repair, self.again()))


type Change = Callable[[Peering], tuple[str, str] | None]


def peerings(network: Network) -> Iterator[Peering]:
    for seen in of_kind(network, Kind.FRR):
        for head in seen.config.heads("router bgp")[:1]:
            for line in seen.config.within(head):
                words = line.text.split()
                address = (
                    untrusted.address(words[1]) if words[0] == "neighbor" and words[2:3] == ["remote-as"] else None
                )
                if address is not None:
                    ports = (port for port in seen.ports.values() if any(address in h.at.network for h in port.held))
                    yield Peering(seen, address, next(ports, None))


def _on_peer(change: Change, network: Network) -> Iterator[Spot]:
    for peering in peerings(network):
        if lines := change(peering):
            yield peering.at((lines[0],), (lines[1],))


def _wrong_as(p: Peering) -> tuple[str, str]:
    wrong = str(65551 if p.its_as != "65551" else 65550)
    return vtysh(p.mode, f"{p.me} remote-as {wrong}"), vtysh(p.mode, f"{p.me} remote-as {p.its_as}")


def _added(words: str) -> Change:
    """Add a line about the neighbour that was not there."""

    def change(p: Peering) -> tuple[str, str] | None:
        there = p.seen.config.find(f"{p.me} {words.split(maxsplit=1)[0]}", *p.mode)
        return None if there else with_line(p.mode, f"{p.me} {words}")

    return change


def _in_family(words: str) -> Change:
    def change(p: Peering) -> tuple[str, str] | None:
        there = p.seen.config.find(f"{p.me} {words.split(maxsplit=1)[0]}", *p.family)
        return None if there else with_line(p.family, f"{p.me} {words}")

    return change


def _removed(words: str, end: str = "") -> Change:
    """Remove a line about the neighbour from its address family."""

    def change(p: Peering) -> tuple[str, str] | None:
        within = p.seen.config.within(*p.family)
        there = [line for line in within if line.rest(f"{p.me} {words}") is not None and line.text.endswith(end)]
        return without(there[0]) if there and (words == "activate" or p.my_as != p.its_as) else None

    return change


def _no_neighbor(p: Peering) -> tuple[str, str]:
    return vtysh(p.mode, f"no {p.me}"), _typed_again(p)


def _typed_again(p: Peering) -> str:
    """Return the command that restores its lines, block by block."""
    words = [line.text for line in p.lines() if len(line.heads) == 1]
    for family in dict.fromkeys(line.heads[1] for line in p.lines() if len(line.heads) == 2):
        words += [family, *(line.text for line in p.lines() if line.heads[1:] == (family,)), "exit-address-family"]
    return vtysh(p.mode, *words)


def _wrong_address(p: Peering) -> tuple[str, str] | None:
    """Configure the neighbour with an unused address of its link."""
    if p.port is None:
        return None
    net = next(held.at.network for held in p.port.held if p.peer in held.at.network)
    other = net.network_address + min(net.num_addresses - 2, 0xD)
    if other == p.peer or net.num_addresses < 8:
        return None
    new = f"neighbor {other}"
    inject = vtysh(p.mode, f"no {p.me}", *_renamed(p, new))
    return inject, vtysh(p.mode, f"no {new}") + "; " + _typed_again(p)


def _renamed(p: Peering, new: str) -> list[str]:
    return [line.text.replace(p.me, new, 1) for line in p.lines() if len(line.heads) == 1]


def _prefix_list(p: Peering) -> tuple[str, str] | None:
    """Apply a prefix list to the neighbour's routes that denies all of them."""
    if p.seen.config.find(f"{p.me} prefix-list", *p.family):
        return None
    ip, any_ = ("ipv6", "::/0 le 128") if p.peer.version == 6 else ("ip", "0.0.0.0/0 le 32")
    rule, use = f"{ip} prefix-list EDGE seq 5 deny {any_}", f"{p.me} prefix-list EDGE in"
    return vtysh((), rule, *p.family, use), vtysh(p.family, f"no {use}") + "; " + vtysh((), f"no {rule}")


def _route_map(p: Peering, direction: str) -> str | None:
    lines = p.seen.config.within(*p.family)
    maps = (line.text.split()[3] for line in lines if line.rest(f"{p.me} route-map") and line.text.endswith(direction))
    return next(maps, None)


def _above(direction: str, action: str, *lines: str) -> Change:
    """Add a first entry to a route-map that is in use."""

    def change(p: Peering) -> tuple[str, str] | None:
        name = _route_map(p, direction)
        if name is None or any(head.startswith(f"route-map {name} ") and head.split()[3] == "1" for head in _heads(p)):
            return None
        head = f"route-map {name} {action} 1"
        made = [line.replace("MY_AS", p.my_as).replace("ITS_AS", p.its_as) for line in lines]
        return vtysh((head,), *made), vtysh((), f"no {head}")

    return change


def _heads(p: Peering) -> list[str]:
    return p.seen.config.heads("route-map")


def _filter(network: Network) -> Iterator[Spot]:
    for p in peerings(network):
        ip = "ip6" if p.peer.version == 6 else "ip"
        rules = [f"{ip} saddr {p.peer} tcp {end} 179 drop" for end in ("dport", "sport")]
        yield p.at(*dropped(p.seen, "edge", "input", *rules))


def _no_address(network: Network) -> Iterator[Spot]:
    """Remove the router's address on the link to its peer."""
    for p in peerings(network):
        held = next((h for h in p.port.held if p.peer in h.at.network and not h.link_local), None) if p.port else None
        if held and p.port:
            line = vtysh((f"interface {p.port.name}",), f"no ipv6 address {held.at}") if _by_frr(p, held.at) else ""
            nodad = " nodad" if held.at.version == 6 else ""
            repair = f"ip addr add {held.at} dev {p.port.name}{nodad}"
            if line:
                repair = vtysh((f"interface {p.port.name}",), f"ipv6 address {held.at}")
            yield Spot(p.seen.node.name, str(p.peer), (line or f"ip addr del {held.at} dev {p.port.name}",), (repair,))


def _by_frr(p: Peering, at: object) -> bool:
    return p.port is not None and p.seen.config.find(f"ipv6 address {at}", f"interface {p.port.name}") is not None


def _unoriginated(network: Network) -> Iterator[Spot]:
    """Remove a network statement."""
    for seen in of_kind(network, Kind.FRR):
        for line in seen.config.lines:
            if line.heads[:1] and line.heads[0].startswith("router bgp") and line.text.startswith("network "):
                inject, repair = without(line)
                yield Spot(seen.node.name, line.text.split()[1], (inject,), (repair,))


def _bgp(id_: str, cause: str, change: Change) -> Fault:
    return Fault(id_, cause, partial(_on_peer, change))


FAULTS = (
    _bgp("bgp-as", "bgp-as", _wrong_as),
    _bgp("bgp-password", "bgp-password", _added("password secret")),
    _bgp("bgp-shutdown", "bgp-shutdown", _added("shutdown")),
    _bgp("bgp-ttl", "bgp-ttl", _added("ttl-security hops 1")),
    _bgp("bgp-no-neighbor", "bgp-no-neighbor", _no_neighbor),
    _bgp("bgp-wrong-address", "bgp-wrong-address", _wrong_address),
    Fault("bgp-filter", "bgp-filter", _filter),
    Fault("bgp-no-address", "address-missing", _no_address),
    _bgp("bgp-family", "bgp-family", _removed("activate")),
    _bgp("bgp-policy-in", "bgp-policy", _removed("route-map", " in")),
    _bgp("bgp-policy-out", "bgp-policy", _removed("route-map", " out")),
    _bgp("bgp-limit", "bgp-limit", _in_family("maximum-prefix 1")),
    _bgp("bgp-prefix-list", "bgp-prefix-list", _prefix_list),
    _bgp("bgp-route-map-in", "bgp-denied", _above("in", "deny")),
    _bgp("bgp-route-map-out", "bgp-denied-out", _above("out", "deny")),
    _bgp(
        "bgp-next-hop",
        "bgp-next-hop",
        _above(
            "in",
            "permit",
            "set ipv6 next-hop global 2001:db8:ffff::1",
            "set ipv6 next-hop prefer-global",
            "on-match next",
        ),
    ),
    _bgp("bgp-loop", "bgp-loop", _above("out", "permit", "set as-path prepend ITS_AS", "on-match next")),
    Fault("bgp-unoriginated", "bgp-unoriginated", _unoriginated),
)
