"""Adds to a cause the line of a router's configuration that is not in effect in its kernel. Typing it again changes nothing."""

import ipaddress
from collections.abc import Iterator
from dataclasses import replace

from labs.engine.adapters import untrusted
from labs.engine.adapters.node_state import Network
from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork
from labs.engine.checks import CheckType
from labs.engine.checks.addr import AddrPresent, AddrSlaac
from labs.engine.checks.comparison import SetOf
from labs.engine.checks.fib import FibRoute
from labs.engine.checks.ra import RaContent
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
    if said := _of_router(named, check, node, network):
        return said
    for one in unapplied(reading.state_of(Network(network.lab, {blamed.node.name: blamed}), {})):
        explains = named.name.startswith(EXPLAINS.get(one.lack, ())) if named else blamed.node.name == node.name
        if explains and _concerns(one, check, is_named=named is not None):
            said = cause(f"unapplied-{one.lack}", node=one.node, a=one.line)
            return replace(named, text=Text.of(named.text, said.text)) if named else said
    return found


def _of_router(named: Cause | None, check: CheckType, node: Node, network: Network) -> Cause | None:
    """The cause with the address that a router on the link of the node lacks, where the check needs its advertised prefix."""
    if not isinstance(check, RaContent | AddrSlaac) or not check.present or (named and not _is_of_prefix(named)):
        return None
    source = check.source if isinstance(check, RaContent) else None
    for router, port in network.on_link(node.name, check.interface):
        if not router.node.learner or (source and all(held.ip != source for held in port.held)):
            continue
        for one in unapplied(reading.state_of(Network(network.lab, {router.node.name: router}), {})):
            if one.block == f"interface {port.name}" and one.lack is Lack.ADDRESS and _would_advertise(one.line, check):
                said = cause(f"unapplied-{one.lack}", node=one.node, a=one.line)
                return replace(named, text=Text.of(named.text, said.text)) if named else said
    return None


def _is_of_prefix(found: Cause) -> bool:
    return found.name in ("slaac-prefix", "slaac-length")


def _would_advertise(line: str, check: RaContent | AddrSlaac) -> bool:
    """Whether a router with this address advertises what the check needs: it takes the prefix from the address."""
    try:
        prefix = ipaddress.ip_interface(line.split()[2]).network
    except ValueError:
        return False
    if isinstance(check, AddrSlaac):
        return prefix == check.prefix
    wanted = check.prefixes
    return isinstance(wanted, SetOf) and wanted.how != "none" and prefix in wanted.values


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
