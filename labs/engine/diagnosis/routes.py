"""Why a router lacks a route: of OSPFv3, or of BGP."""

from collections.abc import Iterator, Mapping
from typing import Any

from labs.engine.adapters import bird, frr, reading
from labs.engine.adapters.config import Config
from labs.engine.adapters.node_state import Network, Seen
from labs.engine.adapters.reading import AnyAddress, AnyNetwork
from labs.engine.definition.spec import Kind, Node
from labs.engine.diagnosis import adjacency, planned, policy, session
from labs.engine.diagnosis.causes import Cause, Look, cause, not_known, shell
from labs.engine.diagnosis.ends import OspfEnd, ospf_end
from labs.engine.diagnosis.peers import Side, side, sides
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _

NOT_RUNNING = ("daemon-down", "protocol-off")  # which make an end look as if it were not on


def runs_ospf(seen: Seen) -> bool:
    return bool(seen.config.heads("router ospf6") or seen.config.heads("protocol ospf v3"))


def runs_bgp(seen: Seen) -> bool:
    return bool(seen.config.heads("router bgp") or seen.config.heads("protocol bgp"))


def why_no_way(network: Network, seen: Seen, to: AnyAddress) -> Iterator[Cause]:
    """Why this router has no route to an address, by the protocol that should bring it."""
    if runs_ospf(seen) and to.version == 6:
        yield from ospf_route(network, seen, to)
    if runs_bgp(seen):
        for peering in sides(seen, to.version):
            other = network.owner(peering.peer)
            yield from session.why_not_up(network, seen, peering.peer, other, to.version)
            yield from session.why_nothing(network, seen, peering.peer, other, to.version)


def ospf_route(network: Network, seen: Seen, to: AnyAddress) -> Iterator[Cause]:
    """Whether the prefix is announced at all, then each link of routers from here on, the nearest first.

    Where neither end sends hellos no neighbour is wanted: it is a network of hosts, or the border of the area. Where one end
    does not, that may be meant so: it is suspected last, unless the lab's author wants an adjacency there.
    """
    ends = list(_announcing(network, seen, to))
    for end in ends if not any(end.on for end in ends) else ():
        node = end.seen.node
        command = shell(node, "show ipv6 ospf6 interface", "show ospf interface")
        yield cause("ospf-unannounced", command, node.name, node=node.name, a=end.port.name)
    later: list[Cause] = []
    for mine, theirs in _ospf_links(network, seen):
        active = [end for end in (mine, theirs) if end.on and not end.passive]
        wanted = len(active) == 2 or planned.is_adjacency(network.lab, mine, theirs)
        for each in adjacency.why(network, mine.seen, mine.port, theirs.seen, theirs.port) if active or wanted else ():
            if wanted or each.name in NOT_RUNNING:
                yield each
            else:
                later.append(each)
    yield from later


def _announcing(network: Network, seen: Seen, to: AnyAddress) -> Iterator[OspfEnd]:
    """The other routers' ports into the network of this address."""
    for other in network.nodes.values():
        for port in other.ports.values() if other is not seen and runs_ospf(other) else ():
            if any(to in held.at.network for held in port.held if not held.link_local):
                yield ospf_end(other, port)


def is_inside_ospf(network: Network, seen: Seen, prefix: AnyNetwork) -> bool:
    """Whether a router of OSPFv3 is on a link of this prefix."""
    return prefix.prefixlen > 0 and any(_announcing(network, seen, _inside(prefix)))


def _ospf_links(network: Network, seen: Seen) -> Iterator[tuple[OspfEnd, OspfEnd]]:
    """Both ends of each link between routers, the nearest first."""
    done: set[frozenset[str]] = set()
    todo = [seen]
    for here in todo:
        for port in here.ports.values() if runs_ospf(here) else ():
            for other, at in network.on_link(here.node.name, port.name):
                mine, theirs = ospf_end(here, port), ospf_end(other, at)
                if frozenset((str(mine), str(theirs))) in done or not runs_ospf(other):
                    continue
                done.add(frozenset((str(mine), str(theirs))))
                yield mine, theirs
                if other not in todo:
                    todo.append(other)


def of_ospf(network: Network, node: Node, prefix: AnyNetwork) -> Cause | None:
    seen = network.nodes.get(node.name)
    if seen is None:
        return None
    found = next(ospf_route(network, seen, _inside(prefix)), None)
    return found or not_known(
        [Text(_("Each link between routers looks right, and %(prefix)s is announced."), prefix=prefix)]
    )


def _inside(prefix: AnyNetwork) -> AnyAddress:
    """An address of the prefix."""
    return prefix.network_address + (1 if prefix.num_addresses > 1 else 0)


# BGP


def look_at_bgp(network: Network, node: Node, prefix: AnyNetwork, rpki: bool) -> Look:
    """``rpki``: the check wants of the route how it was validated."""
    seen = network.nodes.get(node.name)
    if seen is None:
        return None
    version = prefix.version
    if "bgpd" in seen.silent:
        return cause("daemon-down", "ps -e", node.name, a="bgpd", node=node.name)
    peers = {one.peer: network.owner(one.peer) for one in sides(seen, version)}
    known = [other for other in network.nodes.values() if runs_bgp(other)]
    asks = {(other.node.name, "route"): route_of(other.node, prefix) for other in known}
    if node.kind is Kind.FRR:
        asks[node.name, "vrps"] = frr.ask(node.name, "bgpd", frr.VRPS)  # asked for a prefix it hides what is too short
    told = yield asks
    have = {other.node.name: paths(other.node, told.get((other.node.name, "route"))) for other in known}
    if rpki and (found := next(_not_validated(network, seen), None)):
        return found
    if have.get(node.name):
        return next(_unused(seen, prefix, told), None)
    for peer, other in peers.items():
        if other is None or not have.get(other.node.name):
            continue
        if found := next(session.why_not_up(network, seen, peer, other, version), None):
            return found
        if found := next(_kept_back(network, seen, peer, other, prefix, have[other.node.name], told), None):
            return found
    for peer, other in peers.items():
        if found := next(session.why_not_up(network, seen, peer, other, version), None):
            return found
    answered = bool(known) and all(told.get((other.node.name, "route"), {}).get("ok") is True for other in known)
    if answered and not any(have.values()):
        return cause(
            "bgp-unoriginated",
            shell(node, f"show bgp ipv6 unicast {prefix}", f"show route {prefix} all"),
            node.name,
            a=prefix,
        )
    holders = ", ".join(name for name, paths in have.items() if paths)
    if not holders:
        return None
    return not_known([Text(_("These routers have a path to it: %(holders)s."), holders=holders)])


def route_of(node: Node, prefix: AnyNetwork) -> dict[str, Any]:
    if node.kind is Kind.BIRD:
        return bird.ask(node.name, bird.route_question(prefix))
    return frr.ask(node.name, "bgpd", frr.route_question(prefix))


def paths(node: Node, answer: object) -> list[tuple[str, ...]]:
    """The AS paths that the router has for the prefix; one that it made itself is empty."""
    said = reading.fields(answer)
    if said.get("ok") is not True:
        return []
    if node.kind is Kind.BIRD:
        return [found.as_path for found in bird.bgp_routes(said)] or [()] * bool(_made_here(said))
    found = frr.bgp_routes(said)
    return [path.as_path for path in found] if isinstance(found, list) else []


def _made_here(said: Mapping[str, Any]) -> bool:
    """Of BIRD: a static route that its sessions may send."""
    return any("blackhole [" in line or "unreachable [" in line or "unicast [" in line for line in bird.lines(said))


def _unused(seen: Seen, prefix: AnyNetwork, told: Mapping[Any, Any]) -> Iterator[Cause]:
    """The router has a path, and does not use it."""
    node = seen.node
    outputs = reading.items(reading.fields(told.get((node.name, "route"))).get("outputs"))
    table = reading.fields(reading.load(outputs[-1] if outputs else None))
    paths = [reading.fields(path) for path in reading.items(table.get("paths"))]
    for path in paths if not any("bestpath" in path for path in paths) else ():
        for hop in map(reading.fields, reading.items(path.get("nexthops"))):
            if hop.get("accessible") is not True:  # FRR says so only of those that are
                command = shell(node, f"show bgp ipv6 unicast {prefix}")
                yield cause("bgp-next-hop", command, node.name, node=node.name, a=reading.text(hop.get("ip")))


def _kept_back(
    network: Network,
    seen: Seen,
    peer: AnyAddress,
    other: Seen,
    prefix: AnyNetwork,
    paths: list[tuple[str, ...]],
    told: Mapping[Any, Any],
) -> Iterator[Cause]:
    """The session is there and the peer has the route: what its policy does with it, then ours."""
    version = prefix.version
    yield from session.why_nothing(network, seen, peer, other, version)
    addresses = {held.ip for port in seen.ports.values() for held in port.held}
    theirs, mine = side(other, addresses, version), side(seen, {peer}, version)
    command = f"show bgp {'ipv6' if version == 6 else 'ipv4'} unicast neighbors"
    if theirs:
        show = shell(other.node, f"{command} {theirs.peer} advertised-routes", f"show route export {theirs.protocol}")
        yield from _by_policy(theirs, "out", prefix, "", show)
    heard = bool(mine and mine.my_as and any(mine.my_as in path for path in paths))
    if mine and (heard or (theirs and _prepends(theirs, mine.my_as))):
        yield cause(
            "bgp-loop",
            shell(seen.node, f"{command} {peer} received-routes", f"show route all filtered protocol {mine.protocol}"),
            seen.node.name,
            node=seen.node.name,
            a=mine.my_as,
        )
    if mine:
        valid, why = validity(seen, prefix, theirs, paths, told)
        if valid == "invalid" and policy.looks_at_rpki(seen, mine.policy.get("in", "")):
            yield why
        show = shell(seen.node, f"{command} {peer} routes", f"show route all filtered protocol {mine.protocol}")
        yield from _by_policy(mine, "in", prefix, valid, show)


def _by_policy(one: Side, direction: str, prefix: AnyNetwork, rpki: str, command: str) -> Iterator[Cause]:
    name = one.seen.node.name
    kind = "bgp-denied" if direction == "in" else "bgp-denied-out"
    if one.seen.node.kind is Kind.BIRD:
        return
    listed = one.lists.get(direction)
    if listed and policy.prefix_list(one.seen, listed, prefix).permits is False:
        yield cause("bgp-prefix-list", command, name, node=name, a=listed)
    if mapped := one.policy.get(direction):
        answer = policy.route_map(one.seen, mapped, prefix, rpki)
        if answer.permits is False:
            yield cause(kind, command, name, node=name, a=answer.by)


def _prepends(one: Side, number: str) -> bool:
    """Whether its export policy writes this AS into the path."""
    heads = one.seen.config.heads(f"route-map {one.policy.get('out', '')} ")
    words = [line.text.split() for head in heads for line in one.seen.config.within(head)]
    return any(line[:3] == ["set", "as-path", "prepend"] and number in line[3:] for line in words)


def validity(
    seen: Seen, prefix: AnyNetwork, theirs: Side | None, paths: list[tuple[str, ...]], told: Mapping[Any, Any]
) -> tuple[str, Cause]:
    """The route's state by RFC 6811, from the ROAs that the router has, and the cause if it is invalid."""
    node = seen.node
    roas = frr.vrps(reading.fields(told.get((node.name, "vrps")))) if node.kind is Kind.FRR else []
    origin = paths[0][-1] if paths and paths[0] else theirs.my_as if theirs else ""
    covering = [roa for roa in roas if _covers(roa.prefix, prefix)] if isinstance(roas, list) else []
    command = shell(node, "show rpki prefix-table")
    same = [roa for roa in covering if roa.origin_as is not None and str(int(roa.origin_as)) == origin]
    if not covering or any(roa.max_length and prefix.prefixlen <= roa.max_length for roa in same):
        return "valid" if covering else "notfound", cause("rpki-no-policy", node=node.name)
    if same:
        long = cause(
            "rpki-maxlength", command, node.name, node=node.name, a=int(same[0].max_length or 0), b=prefix.prefixlen
        )
        return "invalid", long
    allowed = int(covering[0].origin_as or 0)
    return "invalid", cause("rpki-invalid", command, node.name, node=node.name, a=allowed, b=origin)


def _covers(wide: AnyNetwork, prefix: AnyNetwork) -> bool:
    return wide.version == prefix.version and wide.prefixlen <= prefix.prefixlen and prefix.network_address in wide


def _not_validated(network: Network, seen: Seen) -> Iterator[Cause]:
    """Routes have no state: the router has no cache to ask."""
    if seen.node.kind is Kind.FRR and not any(
        line.text.startswith("rpki cache") for line in seen.config.within("rpki")
    ):
        yield cause(
            "rpki-no-cache", shell(seen.node, "show rpki cache-connection"), seen.node.name, node=seen.node.name
        )


def drops_invalid(config: Config) -> bool:
    return any(line.text == "match rpki invalid" for line in config.lines)
