"""Reports the path that packets take, for checks that expect another path or that packets are dropped. It names no cause."""

from collections.abc import Sequence

from labs.engine.adapters.node_state import Network
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.definition.spec import Node
from labs.engine.diagnosis import packet_filters
from labs.engine.diagnosis.causes import Cause
from labs.engine.diagnosis.packet_filters import Packet
from labs.engine.diagnosis.path_walk import Hop, Walk, source_of, walk
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _


def of_failover(network: Network, node: Node, to: AnyAddress, at: str | None) -> Cause | None:
    """Return the present paths, after a check that took a link down and up again. None if packets do not arrive.

    They may not arrive because the routing protocol is still converging. That is no failure of the lab.
    """
    there = _path(network, node, to, at)
    if there is None or there.causes:
        return None
    sentences = [Text(_("With all links up, packets for %(to)s pass %(nodes)s."), to=to, nodes=_names(there.hops))]
    if origin := source_of(there, to):
        back = walk(network, there.hops[-1].seen, origin, node.name, _nothing)
        if not back.causes:
            sentences.append(Text(_("The replies pass %(nodes)s."), nodes=_names(back.hops)))
    return Cause("", Text.of(*sentences), adds=True)


def of_trace(network: Network, node: Node, to: AnyAddress) -> Cause | None:
    """Return the path that packets take, for a check that expects another one."""
    there = _path(network, node, to, None)
    if there is None:
        return None
    return Cause("", Text(_("Packets for %(to)s pass %(nodes)s."), to=to, nodes=_names(there.hops)), adds=True)


def of_flow(network: Network, node: Node, to: AnyAddress, at: str | None, protocol: str, port: int) -> Cause | None:
    """Return the nodes that a flow passes although it must be blocked, and the nodes whose rules could drop it."""
    there = _path(network, node, to, at)
    if there is None:
        return None
    source = source_of(there, to)
    guards = [hop.seen.node.name for hop in there.hops if _could_drop(hop, protocol, port, source, to)]
    sentences = [Text(_("Packets for %(to)s pass %(nodes)s."), to=to, nodes=_names(there.hops))]
    if guards:
        sentences.append(Text(_("Rules that could drop the flow are on %(nodes)s."), nodes=", ".join(guards)))
        sentences.append(Text(_("To see them, on %(node)s: %(command)s"), node=guards[0], command="nft list ruleset"))
    else:
        sentences.append(
            Text(_("No rule on them could drop %(protocol)s to port %(port)s."), protocol=protocol, port=port)
        )
    return Cause("", Text.of(*sentences, *(cause.text for cause in there.causes[:1])), adds=True)


def _path(network: Network, node: Node, to: AnyAddress, at: str | None) -> Walk | None:
    seen = network.nodes.get(node.name)
    return walk(network, seen, to, at, _nothing) if seen else None


def _nothing(*_asked: object) -> Sequence[Cause]:
    return ()


def _names(hops: Sequence[Hop]) -> str:
    return ", ".join(hop.seen.node.name for hop in hops)


def _could_drop(hop: Hop, protocol: str, port: int, source: AnyAddress | None, to: AnyAddress) -> bool:
    packet = Packet(
        protocol=packet_filters.NUMBERS[protocol],
        port=port,
        source=source,
        destination=to,
        came_in=hop.came_in.name if hop.came_in else None,
        goes_out=hop.goes_out.name if hop.goes_out else None,
    )
    hooks = [
        *(("ingress", "prerouting") if hop.came_in else ("output",)),
        *(("forward",) if hop.came_in and hop.goes_out else ()),
        *(("postrouting", "egress") if hop.goes_out else ("input",)),
    ]
    return bool(packet_filters.doubtful(hop.seen, packet, *hooks))
