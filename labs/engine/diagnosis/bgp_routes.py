"""Finds why a router lacks a route that BGP should bring, and judges a route by the router's own ROAs."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from labs.engine.adapters import frr_policy, origin_validation, untrusted
from labs.engine.adapters.bgp_config import BgpPeerConfig, bgp_peer_config, bgp_peer_configs, runs_bgp
from labs.engine.adapters.config_blocks import Line
from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.node_state import Answers, Asks, Network, Seen
from labs.engine.adapters.origin_validation import Validity
from labs.engine.adapters.rpki_config import has_cache
from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork
from labs.engine.definition.spec import Node
from labs.engine.diagnosis import bgp_ends, bgp_session, igp_daemons, known_state, session_states
from labs.engine.diagnosis.causes import Cause, Search, cause, nearest, not_known, one_of
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _

LISTS = ("prefix-list", "as-path", "community", "large-community", "extcommunity")  # by which a route-map matches
type AsPaths = Sequence[tuple[str, ...]]


def search(network: Network, node: Node, prefix: AnyNetwork, rpki: bool) -> Search:
    """``rpki``: the check expects a validation state of the route."""
    seen = network.nodes.get(node.name)
    if seen is None:
        return None
    if "bgpd" in seen.silent:
        return cause("daemon-down", "ps -e", node.name, a="bgpd", node=node.name)
    known = [other for other in network.nodes.values() if runs_bgp(other)]
    answers = yield _asks(seen, known, prefix)
    seen = session_states.with_states(seen, answers)
    have = {other.node.name: paths(other.node, prefix, answers.get((other.node.name, "route"))) for other in known}
    if rpki and (found := next(_not_validated(seen), None)):
        return found
    if have.get(node.name):
        return nearest(_unused(seen, prefix, untrusted.fields(answers.get((node.name, "route")))))
    if found := _of_peers(network, seen, prefix, have, answers):
        return found
    answered = bool(known) and all(answers.get((other.node.name, "route"), {}).get("ok") is True for other in known)
    if answered and not any(have.values()):
        return cause("bgp-unoriginated", daemon_of(node).show_bgp_route(prefix), node.name, a=prefix)
    holders = ", ".join(name for name, paths in have.items() if paths)
    if not holders:
        return None
    return not_known([Text(_("These routers have a path to the prefix: %(holders)s."), holders=holders)])


def _asks(seen: Seen, known: Sequence[Seen], prefix: AnyNetwork) -> Asks:
    """The asks for the routes of these routers, the router's own ROAs, and the states of its sessions."""
    name, daemon = seen.node.name, daemon_of(seen.node)
    asks = {(other.node.name, "route"): daemon_of(other.node).bgp_as_paths(prefix).ask for other in known}
    # All of them: FRR leaves out a ROA with a maximum length that is too short when it is asked for one prefix.
    if vrps := daemon.all_vrps():
        asks[name, "vrps"] = vrps.ask
    return asks | session_states.asks(seen.node)


def _of_peers(
    network: Network, seen: Seen, prefix: AnyNetwork, have: Mapping[str, AsPaths], answers: Answers
) -> Cause | None:
    """Return the cause at the peers that have the route; if none of them has, at any peer.

    Which of several peers should bring the route, the live network does not show: one of them may be kept off on purpose.
    """
    peers = {one.peer: network.owner(one.peer) for one in bgp_peer_configs(seen, prefix.version)}
    holders = {peer: other for peer, other in peers.items() if other and have.get(other.node.name)}
    for some in (holders, peers):
        every = [_of_peer(network, seen, peer, other, prefix, have, answers) for peer, other in some.items()]
        if found := one_of([one for one in every if one], is_sure=_is_the_only_way(seen, [*peers])):
            return found
    return None


def _is_the_only_way(seen: Seen, peers: Sequence[AnyAddress]) -> bool:
    """Whether these peers are one alone, and the state of its session is known: of one that works, nothing keeps it down."""
    return len(peers) == 1 and session_states.is_established(seen, peers[0]) is not None


def _of_peer(
    network: Network,
    seen: Seen,
    peer: AnyAddress,
    other: Seen | None,
    prefix: AnyNetwork,
    have: Mapping[str, AsPaths],
    answers: Answers,
) -> Cause | None:
    # Of a session that is down, or whose state is not known, no policy explains anything.
    if not session_states.is_established(seen, peer):
        return nearest(bgp_session.why_not_up(network, seen, peer, other, prefix.version))
    if other is None or not have.get(other.node.name):
        return None
    return next(_kept_back(network, seen, peer, other, prefix, have[other.node.name], answers), None)


def why_none(network: Network, seen: Seen, version: int) -> Iterator[Cause]:
    """Yield the reasons why none of this router's peers sends it a route of this IP version."""
    peerings = bgp_peer_configs(seen, version)
    causes = [found for one in peerings if (found := _of_peering(network, seen, one.peer, version))]
    if found := one_of(causes, is_sure=_is_the_only_way(seen, [one.peer for one in peerings])):
        yield found


def _of_peering(network: Network, seen: Seen, peer: AnyAddress, version: int) -> Cause | None:
    other = network.owner(peer)
    is_up = session_states.is_established(seen, peer)
    found = None if is_up else nearest(bgp_session.why_not_up(network, seen, peer, other, version))
    # No policy keeps a session down.
    return (
        found if found or is_up is False else next(bgp_session.why_nothing(network, seen, peer, other, version), None)
    )


def paths(node: Node, prefix: AnyNetwork, answer: object) -> list[tuple[str, ...]]:
    """The AS paths of the router's routes to the prefix; the AS path of a route that it originates is empty."""
    said = untrusted.fields(answer)
    found = daemon_of(node).bgp_as_paths(prefix).read(said) if said.get("ok") is True else []
    return found if isinstance(found, list) else []


def _unused(seen: Seen, prefix: AnyNetwork, said: Mapping[str, Any]) -> Iterator[Cause]:
    """The router has a path, but does not use it: an interior routing protocol should bring the route to its next hop."""
    node, daemon = seen.node, daemon_of(seen.node)
    read = daemon.bgp_routes(prefix).read(said)
    routes = read if isinstance(read, list) else []
    lost = [hop for route in routes for hop in route.next_hops]
    if not all(route.next_hops and all(map(seen.lacks_way, route.next_hops)) for route in routes):
        lost = []
    for hop in dict.fromkeys([*daemon.inaccessible_next_hops(said), *map(str, lost)]):
        address = untrusted.address(hop)
        yield from igp_daemons.not_running(seen, address.version) if address and seen.lacks_way(address) else ()
        yield cause("bgp-next-hop", daemon.show_bgp_route(prefix), node.name, node=node.name, a=hop)


def _kept_back(
    network: Network,
    seen: Seen,
    peer: AnyAddress,
    other: Seen,
    prefix: AnyNetwork,
    paths: AsPaths,
    answers: Mapping[Any, Any],
) -> Iterator[Cause]:
    """The session is established and the peer has the route: its export policy, then the import policy here."""
    version = prefix.version
    yield from bgp_session.why_nothing(network, seen, peer, other, version)
    addresses = {held.ip for port in seen.ports.values() for held in port.held}
    theirs, mine = bgp_peer_config(other, addresses, version), bgp_peer_config(seen, {peer}, version)
    daemon = daemon_of(seen.node)
    if theirs:
        show = daemon_of(other.node).show_bgp_sent(theirs.peer, version, theirs.protocol)
        yield from _by_policy(theirs, "out", prefix, "", show, paths)
    if mine is None:
        return
    # The peer sends one of its paths: which one is certain only if all are alike.
    has_own_as = bool(mine.my_as) and all(mine.my_as in path for path in paths)
    if not bgp_ends.allows_own_as(mine) and (has_own_as or (theirs and _prepends(theirs, mine.my_as))):
        yield _loop(mine, other, theirs, prefix)
    valid, why = validity(seen, prefix, theirs, paths, answers)
    if valid == "invalid" and frr_policy.denies_invalid(seen, mine.route_maps.get("in", "")):
        yield why
    external = theirs is not None and theirs.my_as != mine.my_as
    came = [(theirs.my_as, *path) if theirs and external else path for path in paths]
    yield from _by_policy(mine, "in", prefix, valid, daemon.show_bgp_accepted(peer, version, mine.protocol), came)


def _loop(mine: BgpPeerConfig, other: Seen, theirs: BgpPeerConfig | None, prefix: AnyNetwork) -> Cause:
    """The cause with a command that shows the AS path.

    The router that drops the route keeps it only with soft-reconfiguration. Otherwise its peer shows what it has, or with a policy
    that prepends, what it sends.
    """
    found = bgp_session.blamed("bgp-loop", mine, a=mine.my_as)
    kept = {f"neighbor {name} soft-reconfiguration inbound" for name in bgp_ends.names(mine)}
    if any(line.text in kept for line in mine.seen.config.lines):
        command = daemon_of(mine.seen.node).show_bgp_received(mine.peer, mine.version, mine.protocol)
        return found.with_command(command, mine.seen.node.name)
    daemon = daemon_of(other.node)
    if theirs and _prepends(theirs, mine.my_as):
        return found.with_command(daemon.show_bgp_sent(theirs.peer, mine.version, theirs.protocol), other.node.name)
    return found.with_command(daemon.show_bgp_route(prefix), other.node.name)


def _by_policy(
    one: BgpPeerConfig, direction: str, prefix: AnyNetwork, rpki: str, command: str, paths: Sequence[tuple[str, ...]]
) -> Iterator[Cause]:
    """``paths``: the AS paths as the policy sees them. Only where there is one is it known which of them counts."""
    path = paths[0] if len(set(paths)) == 1 else None
    as_paths = one.as_path_lists.get(direction)
    if as_paths and path is not None and frr_policy.as_path_list(one.seen, as_paths, path).permits is False:
        yield bgp_session.blamed("bgp-as-path", one, command, [as_paths], a=as_paths, b=" ".join(path))
    listed = one.prefix_lists.get(direction)
    if listed and frr_policy.prefix_list(one.seen, listed, prefix).permits is False:
        yield bgp_session.blamed("bgp-prefix-list", one, command, [listed], a=listed)
    if mapped := one.route_maps.get(direction):
        decision = frr_policy.route_map(one.seen, mapped, prefix, rpki, path)
        if decision.permits is False and not _names_undefined(one, mapped, prefix.version):
            kind = "bgp-denied" if direction == "in" else "bgp-denied-out"
            yield bgp_session.blamed(kind, one, command, _named_by(one, mapped), a=decision.by)


def _lines_of(one: BgpPeerConfig, route_map: str) -> list[Line]:
    config = one.seen.config
    return [line for head in config.heads(f"route-map {route_map} ") for line in config.within(head)]


def _names_undefined(one: BgpPeerConfig, route_map: str, version: int) -> bool:
    """Whether the route-map matches by a prefix list that nothing defines: to FRR no route fits it."""
    family = "ipv6" if version == 6 else "ip"
    named = [line.rest(f"match {family} address prefix-list") for line in _lines_of(one, route_map)]
    return any(not one.seen.config.find(f"{family} prefix-list {name}") for name in named if name)


def _named_by(one: BgpPeerConfig, route_map: str) -> list[str]:
    """The route-map and the lists by which it matches."""
    lines = (line.text.split() for line in _lines_of(one, route_map))
    matches = [words for words in lines if words[:1] == ["match"]]
    return [route_map, *(after for words in matches for word, after in pairwise(words) if word in LISTS)]


def _prepends(one: BgpPeerConfig, number: str) -> bool:
    """Whether its export policy prepends this AS to the AS path."""
    words = [line.text.split() for line in _lines_of(one, one.route_maps.get("out", ""))]
    return any(line[:3] == ["set", "as-path", "prepend"] and number in line[3:] for line in words)


def validity(
    seen: Seen,
    prefix: AnyNetwork,
    theirs: BgpPeerConfig | None,
    paths: AsPaths,
    answers: Mapping[Any, Any],
) -> tuple[Validity, Cause]:
    """The validation state of the route by the router's own ROAs, and the cause if the route is invalid."""
    node, daemon = seen.node, daemon_of(seen.node)
    question = daemon.all_vrps()
    said = question.read(untrusted.fields(answers.get((node.name, "vrps")))) if question else []
    vrps = said if isinstance(said, list) else []
    origin = paths[0][-1] if paths and paths[0] else theirs.my_as if theirs else ""
    number = int(origin) if origin.isdecimal() else None
    state = origin_validation.validity(prefix, number, vrps)
    if state != "invalid":
        return state, cause("rpki-no-policy", node=node.name)
    command, over = daemon.show_rpki_table(), origin_validation.covering(prefix, vrps)
    if same := [vrp for vrp in over if vrp.origin_as == number]:
        longest = int(max(vrp.max_length or 0 for vrp in same))
        return state, cause("rpki-maxlength", command, node.name, node=node.name, a=longest, b=prefix.prefixlen)
    allowed = int(next(iter(over)).origin_as or 0)
    return state, cause("rpki-invalid", command, node.name, node=node.name, a=allowed, b=origin)


def _not_validated(seen: Seen) -> Iterator[Cause]:
    """The routes have no validation state, because the router has no cache."""
    daemon = daemon_of(seen.node)
    if daemon.MARKS_VALIDATION and known_state.knows_config(seen, "bgpd") and not has_cache(seen):
        yield cause("rpki-no-cache", daemon.show_rpki_caches(), seen.node.name, node=seen.node.name)
