"""Finds why a router lacks a route that OSPFv3 should bring."""

from collections.abc import Iterator

from labs.engine.adapters import untrusted
from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.node_state import Network, Seen
from labs.engine.adapters.ospf3_config import Ospf3Config, ospf3_config, runs_ospf3
from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork
from labs.engine.cpu_budget import step
from labs.engine.definition.spec import Node
from labs.engine.diagnosis import intended_adjacency, known_state, ospf3_adjacency
from labs.engine.diagnosis.causes import Cause, cause, not_known
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _

NOT_RUNNING = ("daemon-down", "protocol-off")  # causes that make an interface look as if OSPF were not enabled

ANNOUNCES = ("router ospf6", "router bgp", "protocol ospf v3", "protocol bgp")  # the blocks that may announce a prefix


def search(network: Network, node: Node, prefix: AnyNetwork) -> Cause | None:
    seen = network.nodes.get(node.name)
    if seen is None:
        return None
    found = next(why_none(network, seen, _inside(prefix)), None)
    return found or not_known(
        [Text(_("No link between routers shows a fault, and %(prefix)s is advertised."), prefix=prefix)]
    )


def why_none(network: Network, seen: Seen, to: AnyAddress) -> Iterator[Cause]:
    """Search first for a router that advertises the prefix, then at each link between routers, the nearest first.

    Where neither end sends hellos, no adjacency is expected: it is a network of hosts, or the border of the area. Where only one
    end sends none, that may be intended. It is suspected last, unless the lab's author expects an adjacency there.
    """
    ends = list(_connected(network, seen, to))
    if not any(end.on or _may_announce(end, to) for end in ends):
        for end in ends:
            node = end.seen.node
            command = daemon_of(node).show_ospf3_interface()
            about = [end.port.name]
            yield cause("ospf-unannounced", command, node.name, about=about, node=node.name, a=end.port.name)
    later: list[Cause] = []
    for mine, theirs in _ospf_links(network, seen):
        active = [end for end in (mine, theirs) if end.on and not end.passive]
        intended = len(active) == 2 or intended_adjacency.is_adjacency(network.lab, mine, theirs)
        if not active and not intended:
            continue
        for each in ospf3_adjacency.why(network, mine.seen, mine.port, theirs.seen, theirs.port):
            if intended or each.name in NOT_RUNNING:
                yield each
            else:
                later.append(each)
    yield from later


def _may_announce(end: Ospf3Config, to: AnyAddress) -> bool:
    """Whether the router may announce the network of this address otherwise: by redistribution, or in BGP."""
    seen = end.seen
    if not known_state.knows_config(seen, "ospf6d"):
        return True
    lines = [line for line in seen.config.lines if line.heads and line.heads[0].startswith(ANNOUNCES)]
    step(len(lines))
    # BIRD has the networks of its ports only by this protocol.
    if seen.config.heads("protocol direct") and any(line.rest("export") not in (None, "none") for line in lines):
        return True
    networks = (untrusted.network(rest.split(" ")[0]) for line in lines if (rest := line.rest("network")))
    covers = any(net and net.version == to.version and to in net for net in networks)
    return covers or any((line.rest("redistribute") or "").split()[:1] == ["connected"] for line in lines)


def _connected(network: Network, seen: Seen, to: AnyAddress) -> Iterator[Ospf3Config]:
    """The ports of other routers that are connected to the network of this address."""
    for other in network.nodes.values():
        for port in other.ports.values() if other is not seen and runs_ospf3(other) else ():
            if any(to in held.at.network for held in port.held if not held.link_local):
                yield ospf3_config(other, port)


def is_inside(network: Network, seen: Seen, prefix: AnyNetwork) -> bool:
    """Whether another router that runs OSPFv3 is connected to this prefix."""
    return prefix.prefixlen > 0 and any(_connected(network, seen, _inside(prefix)))


def _ospf_links(network: Network, seen: Seen) -> Iterator[tuple[Ospf3Config, Ospf3Config]]:
    """Both ends of each link between routers, the nearest first."""
    done: set[frozenset[str]] = set()
    todo = [seen]
    for here in todo:
        for port in here.ports.values() if runs_ospf3(here) else ():
            for other, at in network.on_link(here.node.name, port.name):
                mine, theirs = ospf3_config(here, port), ospf3_config(other, at)
                if frozenset((str(mine), str(theirs))) in done or not runs_ospf3(other):
                    continue
                done.add(frozenset((str(mine), str(theirs))))
                yield mine, theirs
                if other not in todo:
                    todo.append(other)


def _inside(prefix: AnyNetwork) -> AnyAddress:
    """An address of the prefix."""
    return prefix.network_address + (1 if prefix.num_addresses > 1 else 0)
