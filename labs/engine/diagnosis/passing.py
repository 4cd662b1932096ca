"""What is seen of packets that pass where they should not, and of those that should find another way: no cause is named."""

from collections.abc import Sequence

from labs.engine.adapters.node_state import Network
from labs.engine.adapters.reading import AnyAddress
from labs.engine.definition.spec import Node
from labs.engine.diagnosis import filters
from labs.engine.diagnosis.causes import Cause
from labs.engine.diagnosis.filters import Packet
from labs.engine.diagnosis.walking import Hop, Walk, source_of, walk
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _


def of_failover(network: Network, node: Node, to: AnyAddress, at: str | None) -> Cause | None:
    """The ways that packets take now: when this is asked, the cable is in again."""
    there = _way(network, node, to, at)
    if there is None:
        return None
    says = [Text(_("With all cables in, packets for %(to)s pass %(nodes)s."), to=to, nodes=_names(there.hops))]
    if (origin := source_of(there, to)) and not there.causes:
        back = walk(network, there.hops[-1].seen, origin, node.name, _nothing)
        says.append(Text(_("Their answers pass %(nodes)s."), nodes=_names(back.hops)))
    return Cause("", Text.of(*says, *(cause.text for cause in there.causes[:1])), adds=True)


def of_trace(network: Network, node: Node, to: AnyAddress) -> Cause | None:
    """The way that packets take, where they arrive by another than wanted."""
    there = _way(network, node, to, None)
    if there is None:
        return None
    return Cause("", Text(_("Packets for %(to)s pass %(nodes)s."), to=to, nodes=_names(there.hops)), adds=True)


def of_flow(network: Network, node: Node, to: AnyAddress, at: str | None, protocol: str, port: int) -> Cause | None:
    """Which nodes a flow passes that nobody should let through, and which of them could drop it at all."""
    there = _way(network, node, to, at)
    if there is None:
        return None
    source = source_of(there, to)
    guards = [hop.seen.node.name for hop in there.hops if _could_drop(hop, protocol, port, source, to)]
    says = [Text(_("Packets for %(to)s pass %(nodes)s."), to=to, nodes=_names(there.hops))]
    if guards:
        says.append(Text(_("Rules that could drop the flow are on %(nodes)s."), nodes=", ".join(guards)))
        says.append(Text(_("To see them, on %(node)s: %(command)s"), node=guards[0], command="nft list ruleset"))
    else:
        says.append(Text(_("No rule on them could drop %(protocol)s to port %(port)s."), protocol=protocol, port=port))
    return Cause("", Text.of(*says, *(cause.text for cause in there.causes[:1])), adds=True)


def _way(network: Network, node: Node, to: AnyAddress, at: str | None) -> Walk | None:
    seen = network.nodes.get(node.name)
    return walk(network, seen, to, at, _nothing) if seen else None


def _nothing(*_asked: object) -> Sequence[Cause]:
    return ()


def _names(hops: Sequence[Hop]) -> str:
    return ", ".join(hop.seen.node.name for hop in hops)


def _could_drop(hop: Hop, protocol: str, port: int, source: AnyAddress | None, to: AnyAddress) -> bool:
    packet = Packet(
        protocol=filters.NUMBERS[protocol],
        ports=(port,),
        source=source,
        destination=to,
        came_in=hop.came_in.name if hop.came_in else None,
        goes_out=hop.goes_out.name if hop.goes_out else None,
    )
    return bool(filters.dropping(hop.seen, packet, *filters.HOOKS))
