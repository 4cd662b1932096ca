"""Why a router has no RPKI cache, or knows what is invalid and does not drop it."""

from collections.abc import Mapping
from typing import Any

from labs.engine.adapters import frr, reading
from labs.engine.adapters.node_state import Answers, Network, Seen
from labs.engine.adapters.reading import AnyAddress, AnyNetwork
from labs.engine.adapters.routing_state import Silent
from labs.engine.definition.spec import Kind, Node
from labs.engine.diagnosis import path, routes
from labs.engine.diagnosis.causes import Cause, Look, cause, not_known, shell
from labs.engine.diagnosis.walking import Deeper
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _


def caches(seen: Seen) -> list[tuple[AnyAddress, int]]:
    """Address and port of each cache in the configuration."""
    found: list[tuple[AnyAddress, int]] = []
    for line in seen.config.lines:
        words = line.text.split()
        if words[:3] == ["rpki", "cache", "tcp"] and len(words) > 4:
            found += _pair(words[3], words[4])
        if line.mode[:1] and line.mode[0].startswith("protocol rpki") and words[:1] == ["remote"]:
            port = words[words.index("port") + 1] if "port" in words[:-1] else "323"
            found += _pair(words[1].strip('"'), port)
    return found


def _pair(address: str, port: str) -> list[tuple[AnyAddress, int]]:
    ip, number = reading.address(address), reading.whole(port)
    return [(ip, number)] if ip is not None and number is not None else []


def look(network: Network, node: Node, wanted: AnyAddress | None, deeper: Deeper) -> Look:
    """``wanted``: the cache that a check names."""
    seen = network.nodes.get(node.name)
    if seen is None or not seen.config.lines:
        return None
    if "bgpd" in seen.silent:
        return cause("daemon-down", "ps -e", node.name, a="bgpd", node=node.name)
    command = shell(node, "show rpki cache-connection", "show protocols all")
    known = caches(seen)
    if not known:
        return cause("rpki-no-cache", command, node.name, node=node.name)
    address, port = next((one for one in known if one[0] == wanted), known[0])
    if wanted and address != wanted:
        return cause("rpki-other-cache", command, node.name, node=node.name, a=address, b=wanted)
    asks = {(node.name, "tcp"): {"ask": "tcp", "node": node.name, "dst": str(address), "port": port, "seconds": 1.5}}
    if node.kind is Kind.FRR:
        asks[node.name, "caches"] = frr.ask(node.name, "bgpd", frr.CACHES)
    told = yield asks
    answer = reading.fields(told.get((node.name, "tcp")))
    if answer.get("ok") is not True:
        return None
    if answer.get("connected") is True:
        return _reached(node, wanted, address, reading.fields(told.get((node.name, "caches"))), command)
    error = reading.text(answer.get("error"))
    if "refused" in error or "Connect call failed" in error:
        listen = "ss -tln"
        owner = network.owner(address)
        return cause("rpki-refused", listen, owner.node.name if owner else "", a=address, b=port)
    found = yield from path.look(network, node, address, None, None, deeper)
    if found and not found.name:
        return not_known([Text(_("%(a)s, port %(b)s: %(error)s"), a=address, b=port, error=error)])
    return found or cause("rpki-no-route", f"ip route get {address}", node.name, node=node.name, a=address)


def _reached(
    node: Node, wanted: AnyAddress | None, address: AnyAddress, said: Mapping[str, Any], command: str
) -> Cause | None:
    """The cache takes connections: does the router have one?"""
    connected = frr.caches(said) if said.get("ok") is True else []
    if isinstance(connected, Silent):
        return cause("rpki-stopped", command, node.name, node=node.name)
    mine = [one for one in connected if wanted in (None, one.address)]
    says = _("The cache %(a)s takes connections of %(node)s.")
    if any(one.connected for one in mine):
        says = _("%(node)s is connected to its cache %(a)s, and has the ROAs that this cache sends.")
        address = next(one.address for one in mine if one.connected)
    elif mine:
        says = _("The cache %(a)s takes connections. %(node)s has lost its own, and waits before it tries again.")
    return not_known([Text(says, a=address, node=node.name)])


def of_invalid(network: Network, node: Node, prefix: AnyNetwork) -> Look:
    """A route is there that should not be: has a router here ROAs that call it invalid, and does it drop nothing for that?"""
    seen = network.nodes.get(node.name)
    if seen is None:
        return None
    others = [other for other in network.nodes.values() if other is not seen]
    validating = [router for router in (seen, *others) if router.node.kind is Kind.FRR and caches(router)]
    asks = {(router.node.name, "route"): routes.route_of(router.node, prefix) for router in (seen, *validating)}
    asks |= {(router.node.name, "vrps"): frr.ask(router.node.name, "bgpd", frr.VRPS) for router in validating}
    told = yield asks
    states: list[Text] = []
    for router in validating:
        name = router.node.name
        invalid = [way for way in _paths(router.node, told) if way and _is_invalid(router, prefix, way, told)]
        if invalid and not routes.drops_invalid(router.config):
            return cause("rpki-no-policy", shell(router.node, "show running-config"), name, node=name)
        if invalid:
            says = _("By the ROAs that %(node)s has it is invalid: AS %(origin)s may not announce it.")
            states.append(Text(says, node=name, origin=invalid[0][-1]))
    ways = ", ".join(" ".join(way) or "–" for way in _paths(node, told)[:4])
    if not ways:
        return not_known(states)
    return not_known(
        [
            Text(_("%(node)s has %(prefix)s by the AS paths: %(ways)s."), node=node.name, prefix=prefix, ways=ways),
            *states,
        ]
    )


def _paths(node: Node, told: Answers) -> list[tuple[str, ...]]:
    return routes.paths(node, told.get((node.name, "route")))


def _is_invalid(router: Seen, prefix: AnyNetwork, way: tuple[str, ...], told: Answers) -> bool:
    return routes.validity(router, prefix, None, [way], told)[0] == "invalid"
