"""Finds why a kernel lacks a route or an address: first in its interfaces, then in the protocol that should install it."""

from collections.abc import Iterator

from labs.engine.adapters.bgp_config import runs_bgp
from labs.engine.adapters.node_state import ROUTES, Network, Port, Seen
from labs.engine.adapters.ospf3_config import runs_ospf3
from labs.engine.checks.fib import FibDefault, FibRoute
from labs.engine.definition.spec import Node
from labs.engine.diagnosis import bgp_routes, ospf_routes, routing_protocols, slaac
from labs.engine.diagnosis.causes import Cause, Search, cause, first
from labs.engine.diagnosis.links_and_addresses import carries, down, taken, unplugged


def search(network: Network, node: Node, check: FibRoute) -> Search:
    """A route with wrong values explains itself, except where an expected outgoing interface is down."""
    seen, prefix = network.nodes.get(node.name), check.destination()
    if seen is None or f"{ROUTES}{prefix.version}" not in seen.answered:
        return None
    ports = [seen.ports[end.name] for end in network.lab.interfaces(node.name) if end.name in seen.ports]
    if any(way.to == prefix for way in seen.ways):
        return first(each for port in ports if _should_leave(check, port) for each in _broken(network, seen, port))
    for daemon in node.daemons:
        if daemon in seen.silent and _may_bring(check, daemon):
            return cause("daemon-down", "ps -e", node.name, a=daemon, node=node.name)
    ospf, bgp = (_brings(check, name) for name in ("ospf", "bgp"))
    if bgp and runs_bgp(seen) and not (ospf and ospf_routes.is_inside(network, seen, prefix)):
        return (yield from bgp_routes.search(network, node, prefix, rpki=False))
    if ospf and runs_ospf3(seen) and prefix.version == 6:
        return ospf_routes.search(network, node, prefix)
    if found := first(each for port in ports for each in _broken(network, seen, port)):
        return found
    if isinstance(check, FibDefault) and prefix.version == 6 and len(ports) == 1 and _brings(check, "ra"):
        return (yield from slaac.why_no_router(network, seen, ports[0]))
    return None


def _brings(check: FibRoute, protocol: str) -> bool:
    """Whether the expected route may come from this protocol."""
    plain = check.type is None or check.type.accepts("unicast")
    return plain and (check.protocol is None or check.protocol.accepts(protocol))


def _may_bring(check: FibRoute, daemon: str) -> bool:
    """Whether the expected route may come from this daemon: by its protocol, and by its version of IP."""
    protocol = routing_protocols.PROTOCOL_OF_DAEMON.get(daemon, "")
    if protocol != "bgp" and not routing_protocols.may_bring(protocol, check.destination().version):
        return False
    return _brings(check, protocol.removesuffix("6") if protocol == "ospf6" else protocol.removesuffix("ng"))


def _should_leave(check: FibRoute, port: Port) -> bool:
    return check.dev is not None and check.dev.accepts({port.name})


def _broken(network: Network, seen: Seen, port: Port) -> Iterator[Cause]:
    """Yield the reasons why no packet passes the link of this port."""
    others = network.on_link(seen.node.name, port.name)
    if len(others) == 1:  # on a switch, one end that is down does not disturb the others
        yield from carries(network, seen, port, *others[0])
        return
    yield from down(seen, port)
    yield from unplugged(network, seen, port)
    yield from taken(network, seen, port)


def of_port(network: Network, node: Node, name: str, *, carrier: bool = False) -> Cause | None:
    """Return the cause if an interface is down, or has lost its addresses; with ``carrier``, also why no packet passes its link."""
    seen = network.nodes.get(node.name)
    port = seen.ports.get(name) if seen else None
    if seen is None or port is None:
        return None
    return first(_broken(network, seen, port) if carrier else (*down(seen, port), *taken(network, seen, port)))
