"""Adds to a cause the line of a router's configuration that is not in effect in its kernel. Typing it again changes nothing."""

import ipaddress
from collections.abc import Iterator
from dataclasses import replace

from labs.engine.adapters import untrusted
from labs.engine.adapters.node_state import Network
from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork
from labs.engine.checks import CheckType
from labs.engine.checks.addr import AddrPresent
from labs.engine.checks.fib import FibRoute
from labs.engine.definition.spec import Node
from labs.engine.diagnosis.causes import Cause, cause
from labs.engine.state import reading
from labs.engine.state.unapplied import Lack, Unapplied, unapplied
from labs.engine.translatable_text import Text

# The causes that such a line explains, by the beginning of their names. An interface that is down explains more than its lines
EXPLAINS: dict[Lack, tuple[str, ...]] = {
    Lack.ADDRESS: ("address-missing", "address-untold", "differs-address"),
    Lack.INTERFACE: ("address-missing", "address-untold"),
    Lack.ROUTE: ("route-missing", "bgp-no-route", "rpki-no-route", "bgp-next-hop"),
    Lack.FORWARDING: ("forwarding",),
}


def beside(found: Cause | None, check: CheckType, node: Node, network: Network) -> Cause | None:
    """The cause with that line, where it explains the cause or the check. Nothing is told of a node that is not the learner's."""
    named = found if found and found.name else None
    blamed = network.nodes.get(named.node if named and named.node else node.name)
    if blamed is None or not blamed.node.learner:
        return found
    for one in unapplied(reading.state_of(Network(network.lab, {blamed.node.name: blamed}), {})):
        explains = named.name.startswith(EXPLAINS.get(one.lack, ())) if named else blamed.node.name == node.name
        if explains and _concerns(one, check, is_named=named is not None):
            said = cause(f"unapplied-{one.lack}", node=one.node, a=one.line)
            return replace(named, text=Text.of(named.text, said.text)) if named else said
    return found


def _concerns(one: Unapplied, check: CheckType, *, is_named: bool) -> bool:
    """Whether the check needs what this line should bring."""
    words = one.line.lower().split()
    if one.lack is Lack.ROUTE:
        prefixes = [net for word in words if "/" in word and (net := untrusted.network(word))]
        return any(_leads(net, to) for net in prefixes for to in _destinations(check))
    if one.lack is Lack.ADDRESS and isinstance(check, AddrPresent):
        return check.present and any(str(address).lower() in words for address in check.addresses)
    return is_named


def _destinations(check: CheckType) -> Iterator[AnyAddress | AnyNetwork]:
    if isinstance(check, FibRoute):
        yield check.destination()
    for name in ("to", "address", "server", "peer"):
        value = getattr(check, name, None)
        for to in value if isinstance(value, tuple) else (value,):
            if isinstance(to, ipaddress.IPv4Address | ipaddress.IPv6Address):
                yield to


def _leads(prefix: AnyNetwork, to: AnyAddress | AnyNetwork) -> bool:
    if isinstance(to, ipaddress.IPv4Address | ipaddress.IPv6Address):
        return to in prefix
    return to == prefix
