"""Why two routers have no BGP session, or have one and nothing passes it: link, address, way, session, family, policy."""

from collections.abc import Iterator, Mapping
from typing import Any

from labs.engine.adapters import bird, frr, reading
from labs.engine.adapters.node_state import PORTS, Network, Port, Seen
from labs.engine.adapters.reading import AnyAddress
from labs.engine.definition.spec import Kind, Node
from labs.engine.diagnosis import filters
from labs.engine.diagnosis.causes import Cause, Look, cause, not_known, shell
from labs.engine.diagnosis.filters import Packet
from labs.engine.diagnosis.links import carries, lost, unusable
from labs.engine.diagnosis.peers import Side, side, sides
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _

SUMMARY = "show bgp summary"
LOOKS = 3  # at what a daemon says of a session that it is ending


def look(network: Network, node: Node, peer: AnyAddress, version: int) -> Look:
    """``version``: of the family that the check wants."""
    seen = network.nodes.get(node.name)
    if seen is None:
        return None
    other = network.owner(peer) or _given(network, peer)
    if found := next(why_not_up(network, seen, peer, other, version), None):
        return found
    for _again in range(LOOKS):
        told = yield {**_told(seen, peer, version), (node.name, "probe"): _probe(node, peer)}
        if found := next(_of_state(seen, peer, other, version, told), None):
            return found
        # For a moment it tells both why it ends the session, and that the session is up
        if not (_is_limited(seen, told) and _state(seen.node, peer, told) == "Established"):
            break
    if found := next(why_nothing(network, seen, peer, other, version), None):
        return found
    seen_there = list(_observed(node, peer, told))
    command = f"tcpdump -nn -i any tcp port 179 and host {peer}"
    listen = Text(_("To hear the session, on %(node)s: %(command)s"), node=node.name, command=command)
    return not_known([*seen_there, listen] if seen_there else [])


def _given(network: Network, address: AnyAddress) -> Seen | None:
    """Who has the address by the lab, though not now."""
    for seen in network.nodes.values():
        texts = [*seen.node.loopback, *(a for end in network.lab.interfaces(seen.node.name) for a in end.addresses)]
        if any(reading.address(text) == address for text in texts):
            return seen
    return None


def why_not_up(network: Network, seen: Seen, peer: AnyAddress, other: Seen | None, version: int) -> Iterator[Cause]:
    """What is seen without asking further, the nearest first."""
    name = seen.node.name
    mine = side(seen, {peer}, version)
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
        if whose and whose.node.kind is Kind.FRR and "bgpd" in whose.silent:
            yield cause("daemon-down", "ps -e", whose.node.name, a="bgpd", node=whose.node.name)
    if seen.lacks_way(peer) and not seen.port_of(peer):
        yield cause("bgp-no-route", f"ip -{peer.version} route get {peer}", name, node=name, a=peer)
    if mine is None:
        yield from _misnamed(network, seen, peer, version)
    far = _far_side(seen, other, version) if other else None
    if other and far is None and _reads(other) and not (other.node.kind is Kind.FRR and "bgpd" in other.silent):
        address = _own_address(seen, peer)
        yield from _misnamed(network, other, address, version) if address else ()
    for one in (mine, far):
        if one and one.off:
            command = shell(one.seen.node, SUMMARY, "show protocols")
            yield cause("bgp-shutdown", command, one.seen.node.name, node=one.seen.node.name)
    if mine is None:
        return
    yield from _numbers(mine, far)
    yield from _segments(network, mine, far)


def _reads(seen: Seen) -> bool:
    return bool(seen.config.lines)


def _misnamed(network: Network, seen: Seen, address: AnyAddress, version: int) -> Iterator[Cause]:
    """The router does not name its peer; perhaps it names an address beside it that nobody has."""
    for one in sides(seen, version):
        port = _towards(network, seen, address)
        on_it = port and any(one.peer in held.at.network for held in port.held)
        if on_it and network.owner(one.peer) is None:
            command = shell(seen.node, SUMMARY, "show protocols all")
            yield cause("bgp-wrong-address", command, seen.node.name, node=seen.node.name, a=one.peer)
    if _reads(seen):
        command = shell(seen.node, SUMMARY, "show protocols all")
        yield cause("bgp-no-neighbor", command, seen.node.name, node=seen.node.name, a=address)


def _towards(network: Network, seen: Seen, peer: AnyAddress) -> Port | None:
    """The port on whose link the peer is, by its addresses, or by those that the lab gave it."""
    for port in seen.ports.values():
        if any(peer in held.at.network for held in port.held):
            return port
    for end in network.lab.interfaces(seen.node.name):
        networks = (reading.network(text) for text in end.addresses)
        if any(net and net.version == peer.version and peer in net for net in networks):
            return seen.ports.get(end.name)
    return None


def _own_address(seen: Seen, peer: AnyAddress) -> AnyAddress | None:
    """From which the router speaks to this peer."""
    on_link = (h.ip for port in seen.ports.values() for h in port.held if peer in h.at.network and h.ip != peer)
    return next(on_link, None)


def _far_side(seen: Seen, other: Seen, version: int) -> Side | None:
    return side(other, {held.ip for port in seen.ports.values() for held in port.held}, version)


def _numbers(mine: Side, far: Side | None) -> Iterator[Cause]:
    if far is None:
        return
    for near, away in ((mine, far), (far, mine)):
        if near.its_as.isdigit() and away.my_as and near.its_as != away.my_as:
            node = near.seen.node
            command = shell(node, SUMMARY, "show protocols all")
            yield cause("bgp-as", command, node.name, node=node.name, a=near.its_as, b=away.my_as)


def _segments(network: Network, mine: Side, far: Side | None) -> Iterator[Cause]:
    """What drops the TCP segments of the session."""
    pairs = ((mine, far), (far, mine)) if far else ()
    for near, away in pairs:
        name = near.seen.node.name
        if near.password and not away.password:
            yield cause(
                "bgp-password", shell(near.seen.node, "show running-config", "show protocols all"), name, node=name
            )
        if near.ttl_checked and not away.ttl_checked and not away.multihop:
            command = shell(near.seen.node, f"show bgp neighbors {near.peer}", "show protocols all")
            yield cause("bgp-ttl", command, name, node=name)
    if far and mine.password != far.password and _one_alphabet(mine, far):
        yield cause("bgp-passwords")
    for whose in (mine, far):
        if whose:
            yield from _filtered(network, whose)
    if mine.its_as != mine.my_as and not mine.multihop and _is_far(mine):
        yield cause("bgp-multihop", f"ip route get {mine.peer}", mine.seen.node.name, node=mine.seen.node.name)


def _one_alphabet(mine: Side, far: Side) -> bool:
    """Whether both say their password as it is: FRR may keep it in another form."""
    return not any(" " in one.password for one in (mine, far))


def _is_far(mine: Side) -> bool:
    """Whether the peer is surely on no link of the router: one whose ports are not known has none that we see."""
    seen = mine.seen
    return PORTS in seen.answered and not any(
        mine.peer in held.at.network for port in seen.ports.values() for held in port.held
    )


def _filtered(network: Network, whose: Side) -> Iterator[Cause]:
    port = _towards(network, whose.seen, whose.peer)
    named = port.name if port else None
    came = Packet(protocol=6, ports=(179,), source=whose.peer, came_in=named)
    goes = Packet(protocol=6, ports=(179,), destination=whose.peer, goes_out=named)
    inward, outward = ("prerouting", "input", "ingress"), ("output", "postrouting", "egress")
    # A rule that drops everything is one of the link, and we would not know it from one that we do not understand.
    rules = [*filters.dropping(whose.seen, came, *inward), *filters.dropping(whose.seen, goes, *outward)]
    if any("179" in str(rule.parts) or "bgp" in str(rule.parts) for rule in rules):
        yield cause("bgp-filter", "nft list ruleset", whose.seen.node.name, node=whose.seen.node.name)


# Once more, at the session itself


def _told(seen: Seen, peer: AnyAddress, version: int) -> dict[tuple[str, str], dict[str, Any]]:
    if seen.node.kind is Kind.BIRD:
        return {(seen.node.name, "session"): bird.ask(seen.node.name, bird.SESSIONS)}
    return {(seen.node.name, "session"): frr.ask(seen.node.name, "bgpd", f"show bgp neighbors {peer} json")}


def _probe(node: Node, peer: AnyAddress) -> dict[str, Any]:
    ping = {"ask": "ping", "node": node.name, "dst": str(peer), "count": 2, "interval": 0.1, "seconds": 1.0}
    return ping | {"source": None, "at": None}


def _of_state(
    seen: Seen, peer: AnyAddress, other: Seen | None, version: int, told: Mapping[Any, Any]
) -> Iterator[Cause]:
    """What the daemon says of a session that ended. It goes on saying so when the session is up again."""
    if not _is_limited(seen, told):
        return
    far = _far_side(seen, other, version) if other else None
    whose = next((one for one in (side(seen, {peer}, version), far) if one and one.limit is not None), None)
    if whose and _state(seen.node, peer, told) != "Established":
        node = whose.seen.node
        command = shell(node, f"show bgp neighbors {whose.peer}", "show protocols all")
        yield cause("bgp-limit", command, node.name, node=node.name)


def _is_limited(seen: Seen, told: Mapping[Any, Any]) -> bool:
    text = str(reading.fields(told.get((seen.node.name, "session"))))
    return "Maximum Number of Prefixes" in text or "Route limit exceeded" in text


def why_nothing(network: Network, seen: Seen, peer: AnyAddress, other: Seen | None, version: int) -> Iterator[Cause]:
    """Why no route passes a session: the family, and that there must be a policy."""
    mine = side(seen, {peer}, version)
    far = _far_side(seen, other, version) if other else None
    both = [one for one in (mine, far) if one]
    for whose in both:
        if not whose.active:
            node = whose.seen.node
            command = shell(node, f"show bgp neighbors {whose.peer}", "show protocols all")
            yield cause("bgp-family", command, node.name, node=node.name)
    for one, direction in ((mine, "in"), (far, "out")):
        if one is None:
            continue
        node = one.seen.node
        command = shell(node, f"show bgp neighbors {one.peer}", "show protocols all")
        words = one.policy.get(direction)
        if one.policy_needed and not words and direction not in one.lists:
            yield cause("bgp-policy", command, node.name, node=node.name)
        if node.kind is Kind.BIRD and words and words.endswith(" none"):
            name = "bgp-denied" if direction == "in" else "bgp-denied-out"
            yield cause(name, command, node.name, node=node.name, a=words)
        yield from _denies_all(one, direction, command)


def _denies_all(one: Side, direction: str, command: str) -> Iterator[Cause]:
    """A prefix list or a route-map whose first entry takes everything away."""
    name, config = one.seen.node.name, one.seen.config
    if listed := one.lists.get(direction):
        start = f"{'ipv6' if one.version == 6 else 'ip'} prefix-list {listed}"
        lines = [line.text for line in config.within() if line.rest(start)]
        if lines and not any(" permit " in line for line in lines):
            yield cause("bgp-prefix-list", command, name, node=name, a=listed)
    if mapped := one.policy.get(direction):
        heads = [head for head in config.heads(f"route-map {mapped} ") if len(head.split()) > 3]
        heads.sort(key=lambda head: reading.whole(head.split()[3]) or 0)
        matches = [line for line in config.within(heads[0]) if line.text.startswith("match")] if heads else []
        if one.seen.node.kind is Kind.FRR and (not heads or (heads[0].split()[2] == "deny" and not matches)):
            kind = "bgp-denied" if direction == "in" else "bgp-denied-out"
            yield cause(kind, command, name, node=name, a=heads[0] if heads else f"route-map {mapped}")


def _entry(node: Node, peer: AnyAddress, told: Mapping[Any, Any]) -> Mapping[str, Any]:
    """What FRR says of its neighbour."""
    outputs = reading.items(reading.fields(told.get((node.name, "session"))).get("outputs"))
    entries = reading.pairs(reading.load(outputs[-1] if outputs else None))
    return next((reading.fields(value) for key, value in entries if reading.address(key) == peer), {})


def _state(node: Node, peer: AnyAddress, told: Mapping[Any, Any]) -> str:
    if node.kind is not Kind.BIRD:
        return reading.text(_entry(node, peer, told).get("bgpState"))
    found = bird.sessions(reading.fields(told.get((node.name, "session"))))
    states = [one.state for one in found if one.peer == peer] if isinstance(found, list) else []
    return states[0] if states else ""


def _observed(node: Node, peer: AnyAddress, told: Mapping[Any, Any]) -> Iterator[Text]:
    entry = _entry(node, peer, told) if node.kind is not Kind.BIRD else {}
    why = reading.text(entry.get("lastNotificationReason") or entry.get("lastResetDueTo"))
    if why:
        yield Text(_("The last session ended with: %(why)s."), why=why)
    if state := _state(node, peer, told):
        yield Text(
            _("The session of %(node)s with %(peer)s is in state %(state)s."), node=node.name, peer=peer, state=state
        )
    probe = reading.fields(told.get((node.name, "probe")))
    if probe.get("ok") is True:
        answers = _("%(peer)s answers %(node)s.") if probe.get("received") else _("%(peer)s does not answer %(node)s.")
        yield Text(answers, peer=peer, node=node.name)
