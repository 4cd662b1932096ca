"""Finds why a BGP session is not established or carries no routes. Order: link, address, route, session, address family, policy."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.adapters.bgp_config import BgpPeerConfig, bgp_peer_config, bgp_peer_configs
from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.node_state import PORTS, Network, Port, Seen
from labs.engine.adapters.routing_state import BgpPeerState
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.definition.spec import Node
from labs.engine.diagnosis import bgp_ends, igp_daemons, packet_filters, session_states
from labs.engine.diagnosis.causes import Cause, Search, cause, nearest, not_known, one_of
from labs.engine.diagnosis.links_and_addresses import carries, is_link_read, lost, unusable
from labs.engine.diagnosis.packet_filters import Packet
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _

BGP_PORT, EPHEMERAL = 179, 40_000  # the port of one end; any port of the other end, which opens the session
ESTABLISHED = "Established"
RESET = "Administrative Reset"  # RFC 4486: the session is not shut down
MOST_READS = 3  # of the state of a session that the daemon is closing


def search(network: Network, node: Node, peer: AnyAddress, version: int) -> Search:
    """``version``: of the address family that the check expects."""
    seen = network.nodes.get(node.name)
    if seen is None:
        return None
    other = network.owner(peer) or _configured_owner(network, peer)
    is_up = session_states.is_established(seen, peer)
    why_down = None if is_up else nearest(why_not_up(network, seen, peer, other, version))
    if why_down and is_up is False:
        return why_down
    question = daemon_of(node).bgp_peer_state(peer)
    for _again in range(MOST_READS):
        answers = yield {(node.name, "session"): question.ask, (node.name, "probe"): _probe(node, peer)}
        read = question.read(untrusted.fields(answers.get((node.name, "session"))))
        state = read if isinstance(read, BgpPeerState) else BgpPeerState("", "", over_limit=False)
        if found := _over_limit(seen, peer, other, version, state):
            return why_down or found
        # While it closes the session, the daemon names both the reason and the state Established.
        if not (state.over_limit and state.state == ESTABLISHED):
            break
    if is_up and state.state not in ("", ESTABLISHED):  # it has gone down since
        why_down = nearest(why_not_up(network, seen, peer, other, version))
    if why_down and state.state != ESTABLISHED:
        return why_down
    # A session that was only reset, such as after a change of its policy, is open again in a moment
    is_open = state.state == ESTABLISHED or state.ended_by.endswith(RESET)
    passes_nothing = why_nothing if is_open else _no_family
    if found := next(passes_nothing(network, seen, peer, other, version), None):
        return found
    observed = list(_observed(node, peer, state, untrusted.fields(answers.get((node.name, "probe")))))
    command = f"tcpdump -nn -i any tcp port 179 and host {peer}"
    capture = Text(_("To capture the session, on %(node)s: %(command)s"), node=node.name, command=command)
    return not_known([*observed, capture] if observed else [])


def _configured_owner(network: Network, address: AnyAddress) -> Seen | None:
    """The node that has the address in the lab's definition, though it may not have it now."""
    for seen in network.nodes.values():
        texts = [*seen.node.loopback, *(a for end in network.lab.interfaces(seen.node.name) for a in end.addresses)]
        if any(untrusted.address(text) == address for text in texts):
            return seen
    return None


def why_not_up(network: Network, seen: Seen, peer: AnyAddress, other: Seen | None, version: int) -> Iterator[Cause]:
    """The causes that show without further questions, the nearest first."""
    name = seen.node.name
    mine = bgp_peer_config(seen, {peer}, version)
    port = _towards(network, seen, peer)
    if port:
        for other_seen, at in network.on_link(name, port.name):
            if other is None or other_seen is other:
                yield from carries(network, seen, port, other_seen, at)
        yield from unusable(seen, port)
    yield from lost(network, seen, peer)
    if other:
        yield from lost(network, other, peer)
    for whose in (seen, other):
        if whose and "bgpd" in whose.silent:
            yield cause("daemon-down", "ps -e", whose.node.name, a="bgpd", node=whose.node.name)
    if seen.lacks_way(peer) and not seen.port_of(peer):
        for whose in (seen, other):
            yield from igp_daemons.not_running(whose, peer.version) if whose else ()
        yield cause("bgp-no-route", f"ip -{peer.version} route get {peer}", name, node=name, a=peer)
    if mine is None:
        yield from _misnamed(network, seen, peer, version)
    far = _far_side(seen, peer, other, version) if other else None
    address = _own_address(seen, peer)
    if other and far is None and address and bgp_ends.lacks_neighbor(other, address):
        yield from _misnamed(network, other, address, version)
    for one in (mine, far):
        if one and bgp_ends.is_shut_down(one):
            yield blamed("bgp-shutdown", one, daemon_of(one.seen.node).show_bgp_summary())
    if mine is None:
        return
    yield from _numbers(mine, far)
    yield from _segments(network, mine, far)


def blamed(name: str, one: BgpPeerConfig, command: str = "", about: Iterable[str] = (), **words: Any) -> Cause:
    """The cause at this end of a session. ``about``: names beside those of the neighbour, such as that of a route-map."""
    node = one.seen.node.name
    about = [*bgp_ends.names(one), *about]
    return cause(name, command, node, node=node, about=about, peer=one.peer, version=one.version, **words)


def _misnamed(network: Network, seen: Seen, address: AnyAddress, version: int) -> Iterator[Cause]:
    """The router has no such neighbour; perhaps it has a neighbour on that link with an address that no node has."""
    for one in bgp_peer_configs(seen, version):
        port = _towards(network, seen, address)
        on_it = port and any(one.peer in held.at.network for held in port.held)
        if port and on_it and network.owner(one.peer) is None and is_link_read(network, seen, port):
            yield blamed("bgp-wrong-address", one, daemon_of(seen.node).show_bgp_peers(), a=one.peer)
    if bgp_ends.lacks_neighbor(seen, address):
        command = daemon_of(seen.node).show_bgp_peers()
        name = seen.node.name
        yield cause("bgp-no-neighbor", command, name, about=[address], node=name, a=address)


def _towards(network: Network, seen: Seen, peer: AnyAddress) -> Port | None:
    """The port towards the peer, by the addresses that it has, or by those in the lab's definition."""
    for port in seen.ports.values():
        if any(peer in held.at.network for held in port.held):
            return port
    for end in network.lab.interfaces(seen.node.name):
        networks = (untrusted.network(text) for text in end.addresses)
        if any(net and net.version == peer.version and peer in net for net in networks):
            return seen.ports.get(end.name)
    return None


def _own_address(seen: Seen, peer: AnyAddress) -> AnyAddress | None:
    """The router's own address on the link of this peer."""
    on_link = (h.ip for port in seen.ports.values() for h in port.held if peer in h.at.network and h.ip != peer)
    return next(on_link, None)


def _far_side(seen: Seen, peer: AnyAddress, other: Seen, version: int) -> BgpPeerConfig | None:
    """The other end's neighbour. Two routers may have a session for each protocol, so it is of the peer's protocol."""
    return bgp_peer_config(other, _held(seen, peer), version)


def _held(seen: Seen, peer: AnyAddress) -> set[AnyAddress]:
    """The node's addresses of the IP version of this peer."""
    return {held.ip for port in seen.ports.values() for held in port.held if held.ip.version == peer.version}


def _numbers(mine: BgpPeerConfig, far: BgpPeerConfig | None) -> Iterator[Cause]:
    if far is None:
        return
    for near, away in ((mine, far), (far, mine)):
        if near.its_as.isdigit() and away.my_as and near.its_as not in bgp_ends.presented(away):
            command = daemon_of(near.seen.node).show_bgp_peers()
            yield blamed("bgp-as", near, command, a=near.its_as, b=min(bgp_ends.presented(away)))


def _segments(network: Network, mine: BgpPeerConfig, far: BgpPeerConfig | None) -> Iterator[Cause]:
    """Yield the reasons why the TCP segments of the session are dropped."""
    pairs = ((mine, far), (far, mine)) if far else ()
    for near, away in pairs:
        daemon = daemon_of(near.seen.node)
        if near.password and not away.password:
            yield blamed("bgp-password", near, daemon.show_config_text())
        if near.ttl_checked and not away.ttl_checked and not away.multihop:
            yield blamed("bgp-ttl", near, daemon.show_config_text())
    if far and mine.password != far.password and _are_readable(mine, far):
        yield blamed("bgp-passwords", mine, daemon_of(mine.seen.node).show_config_text(), other=far.seen.node.name)
    for whose in (mine, far):
        if whose:
            yield from _filtered(network, whose)
    if mine.its_as != mine.my_as and not mine.multihop and _is_far(mine):
        yield blamed("bgp-multihop", mine, daemon_of(mine.seen.node).show_config_text())


def _are_readable(mine: BgpPeerConfig, far: BgpPeerConfig) -> bool:
    """Whether both configurations have the password in plain text: FRR may store it in another form."""
    return not any(" " in one.password for one in (mine, far))


def _is_far(mine: BgpPeerConfig) -> bool:
    """Whether the peer is certainly not on a link of the router. It is not certain if the ports are unknown."""
    seen = mine.seen
    return PORTS in seen.answered and not any(
        mine.peer in held.at.network for port in seen.ports.values() for held in port.held
    )


def _filtered(network: Network, whose: BgpPeerConfig) -> Iterator[Cause]:
    """A packet filter that lets no session through, whichever end opens it."""
    port, own = _towards(network, whose.seen, whose.peer), _own_address(whose.seen, whose.peer)
    to = Packet(protocol=6, source=own, destination=whose.peer, goes_out=port.name if port else None)
    back = Packet(protocol=6, source=whose.peer, destination=own, came_in=port.name if port else None)

    def stopped(ours: int, theirs: int, opens: bool) -> bool:
        states = ("new", "established") if opens else ("established", "new")
        goes = replace(to, source_port=ours, port=theirs, state=states[0])
        came = replace(back, source_port=theirs, port=ours, state=states[1])
        dropped = packet_filters.dropping
        return bool(
            dropped(whose.seen, came, "ingress", "prerouting", "input")
            or dropped(whose.seen, goes, "output", "postrouting", "egress")
        )

    if stopped(EPHEMERAL, BGP_PORT, opens=True) and stopped(BGP_PORT, EPHEMERAL, opens=False):
        name = whose.seen.node.name
        yield cause("bgp-filter", "nft list ruleset", name, node=name, peer=whose.peer)


# The session itself


def _probe(node: Node, peer: AnyAddress) -> dict[str, Any]:
    ping = {"ask": "ping", "node": node.name, "dst": str(peer), "count": 2, "interval": 0.1, "seconds": 0.5}
    return ping | {"source": None, "at": None}


def _over_limit(seen: Seen, peer: AnyAddress, other: Seen | None, version: int, state: BgpPeerState) -> Cause | None:
    """The cause if the maximum number of prefixes closed the session. The daemon names it even after the session is up."""
    if not state.over_limit or state.state == ESTABLISHED:
        return None
    far = _far_side(seen, peer, other, version) if other else None
    mine = bgp_peer_config(seen, {peer}, version)
    # BIRD is asked for all sessions at once: another one may be over its limit.
    if mine is None or (mine.protocol and not session_states.has_stopped(seen, mine.protocol)):
        return None
    every = [blamed("bgp-limit", one, daemon_of(one.seen.node).show_bgp_peer(one.peer)) for one in _limiting(mine, far)]
    return one_of(every, is_sure=len(every) == 1)


def _limiting(mine: BgpPeerConfig, far: BgpPeerConfig | None) -> list[BgpPeerConfig]:
    """The ends whose limit may have closed the session. FRR gives the same reason at both, BIRD says it of its own limit."""
    limited = [one for one in (mine, far) if one and one.limit is not None]
    if own := [one for one in limited if one.protocol and session_states.has_stopped(one.seen, one.protocol)]:
        return own[:1]
    return [one for one in limited if not one.protocol]


def why_nothing(network: Network, seen: Seen, peer: AnyAddress, other: Seen | None, version: int) -> Iterator[Cause]:
    """Yield the reasons why no route passes an established session: the address family, and the policies."""
    mine = bgp_peer_config(seen, {peer}, version)
    far = _far_side(seen, peer, other, version) if other else None
    both = [one for one in (mine, far) if one]
    for whose in both:
        if not whose.active:
            yield blamed("bgp-family", whose, daemon_of(whose.seen.node).show_bgp_peer(whose.peer))
    for one, direction in ((mine, "in"), (far, "out")):
        if one is None:
            continue
        command = daemon_of(one.seen.node).show_bgp_peer(one.peer)
        if bgp_ends.lacks_policy(one, direction):
            yield blamed("bgp-policy", one, command)
        if policy := one.accept_nothing.get(direction):
            name = "bgp-denied" if direction == "in" else "bgp-denied-out"
            yield blamed(name, one, command, a=policy)
        yield from _denies_all(one, direction, command)


def _no_family(_network: Network, seen: Seen, peer: AnyAddress, other: Seen | None, version: int) -> Iterator[Cause]:
    """Yield an end without any address family: FRR does not open such a session. No policy keeps a session down."""
    for end, peers in ((seen, {peer}), (other, _held(seen, peer))):
        every = (bgp_peer_config(end, peers, one) for one in (version, 10 - version)) if end else ()
        families = [one for one in every if one]
        if families and not any(one.active for one in families) and not _activates(families[0]):
            command = daemon_of(families[0].seen.node).show_bgp_peer(families[0].peer)
            yield blamed("bgp-family", families[0], command)


def _activates(one: BgpPeerConfig) -> bool:
    """Whether a line of FRR activates the neighbour in any address family, such as l2vpn evpn."""
    lines = {f"neighbor {name} activate" for name in bgp_ends.names(one)}
    return any(line.text in lines for line in one.seen.config.lines)


def _denies_all(one: BgpPeerConfig, direction: str, command: str) -> Iterator[Cause]:
    """A prefix list that permits nothing, or a route-map whose first entry denies everything."""
    config = one.seen.config
    if listed := one.prefix_lists.get(direction):
        start = f"{'ipv6' if one.version == 6 else 'ip'} prefix-list {listed}"
        lines = [line.text for line in config.within() if line.rest(start)]
        if lines and not any(" permit " in line for line in lines):
            yield blamed("bgp-prefix-list", one, command, [listed], a=listed)
    if mapped := one.route_maps.get(direction):
        heads = [head for head in config.heads(f"route-map {mapped} ") if len(head.split()) > 3]
        heads.sort(key=lambda head: untrusted.whole(head.split()[3]) or 0)
        matches = [line for line in config.within(heads[0]) if line.text.startswith("match")] if heads else []
        if not heads or (heads[0].split()[2] == "deny" and not matches):
            kind = "bgp-denied" if direction == "in" else "bgp-denied-out"
            yield blamed(kind, one, command, [mapped], a=heads[0] if heads else f"route-map {mapped}")


def _observed(node: Node, peer: AnyAddress, state: BgpPeerState, probe: Mapping[str, Any]) -> Iterator[Text]:
    if state.ended_by:
        yield Text(_("The last session ended with: %(why)s."), why=state.ended_by)
    if state.state:
        words = {"node": node.name, "peer": peer, "state": state.state}
        yield Text(_("The session of %(node)s with %(peer)s is in state %(state)s."), **words)
    if probe.get("ok") is True:
        replies = (
            _("%(peer)s replies to %(node)s.") if probe.get("received") else _("%(peer)s does not reply to %(node)s.")
        )
        yield Text(replies, peer=peer, node=node.name)
