"""Finds the holder of an address, and the way that packets take, by the facts of a state."""

import ipaddress
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from labs.engine.adapters import untrusted
from labs.engine.adapters.node_state import beside
from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork
from labs.engine.cpu_budget import step
from labs.engine.definition.spec import Lab
from labs.engine.state.facts import Section, State

MOST_HOPS = 12
DROPS = ("blackhole", "unreachable", "prohibit")
ADDRESSES = " addresses"


@dataclass(frozen=True, slots=True)
class Route:
    """A route of a state. ``via`` is an address, or NODE:PORT for a link-local one; empty where the prefix is on the link."""

    prefix: AnyNetwork
    protocol: str
    via: str
    dev: str
    drops: str = ""


@dataclass(frozen=True, slots=True)
class Hop:
    node: str
    came_in: str
    goes_out: str
    route: Route | None


def held(state: State, node: str) -> Iterator[tuple[str, ipaddress.IPv4Interface | ipaddress.IPv6Interface]]:
    """Each address that was configured, with its port."""
    for key, value in state.get(node, {}).get(Section.INTERFACES, {}).items():
        if key.endswith(ADDRESSES):
            for text in value.split("\n"):
                step()
                if untrusted.address(text) is not None and "/" in text:
                    yield key.removesuffix(ADDRESSES), ipaddress.ip_interface(text)


def port_of(state: State, node: str, address: AnyAddress) -> str | None:
    return next((port for port, at in held(state, node) if at.ip == address), None)


def owner(state: State, address: AnyAddress) -> str | None:
    return next((node for node in state if port_of(state, node, address) is not None), None)


def routes(state: State, node: str) -> Iterator[Route]:
    for text, value in state.get(node, {}).get(Section.ROUTES, {}).items():
        prefix = untrusted.network(text)
        for line in value.split("\n") if prefix else ():
            step()
            words = line.split()
            named = dict(itertools.pairwise(words))
            drops = next((word for word in words[1:2] if word in DROPS), "")
            if prefix is not None and words:
                yield Route(prefix, words[0], named.get("via", ""), named.get("dev", ""), drops)


def best(state: State, node: str, to: AnyAddress) -> list[Route]:
    """The routes with the longest prefix that has this address: several where there are several next hops."""
    fitting = [one for one in routes(state, node) if one.prefix.version == to.version and to in one.prefix]
    longest = max((one.prefix.prefixlen for one in fitting), default=0)
    return [one for one in fitting if one.prefix.prefixlen == longest]


def others(lab: Lab, node: str, port: str) -> list[tuple[str, str]]:
    """The ends of the same link, through switches."""
    return [(end.node, end.name) for end in beside(lab, node, port)]


def walk(lab: Lab, state: State, node: str, to: AnyAddress) -> list[Hop]:
    """The hops of a packet, up to the node that has the address or to the last that knows where to send it."""
    hops: list[Hop] = []
    came_in = ""
    for _turn in range(MOST_HOPS):
        if port_of(state, node, to) is not None:
            return [*hops, Hop(node, came_in, "", None)]
        route = next(iter(best(state, node, to)), None)
        hops.append(Hop(node, came_in, route.dev if route else "", route))
        following = _next(lab, state, node, route, to) if route and not route.drops else None
        if following is None or any(hop.node == following[0] for hop in hops):
            return hops
        node, came_in = following
    return hops


def _next(lab: Lab, state: State, node: str, route: Route, to: AnyAddress) -> tuple[str, str] | None:
    named, _colon, port = route.via.partition(":")
    if named in lab.nodes:
        return named, port
    address = untrusted.address(route.via) or to
    return next(
        ((other, at) for other, at in others(lab, node, route.dev) if port_of(state, other, address) is not None), None
    )


def source(state: State, node: str, towards: str, version: int) -> AnyAddress | None:
    """The address that the node sends from: one of the outgoing port, else any."""
    own = [(port, at.ip) for port, at in held(state, node) if at.ip.version == version and not at.ip.is_loopback]
    own.sort(key=lambda one: one[0] != towards)
    return own[0][1] if own else None
