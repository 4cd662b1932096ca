"""Finds why a router is not connected to an RPKI cache, or does not drop an invalid route."""

from collections.abc import Mapping
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.node_state import Answers, Network, Seen
from labs.engine.adapters.routing_state import Silent
from labs.engine.adapters.rpki_config import configured_caches, drops_invalid
from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork
from labs.engine.definition.spec import Node
from labs.engine.diagnosis import bgp_routes, known_state, path
from labs.engine.diagnosis.causes import Cause, Search, cause, not_known
from labs.engine.diagnosis.path_walk import WhyNoRoute
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _


def search(network: Network, node: Node, wanted: AnyAddress | None, why_no_route: WhyNoRoute) -> Search:
    """``wanted``: the cache that the check names."""
    seen = network.nodes.get(node.name)
    if seen is None:
        return None
    if "bgpd" in seen.silent:
        return cause("daemon-down", "ps -e", node.name, a="bgpd", node=node.name)
    if not known_state.knows_config(seen, "bgpd"):
        return None
    command = daemon_of(node).show_rpki_caches()
    known = configured_caches(seen)
    if not known:
        return cause("rpki-no-cache", command, node.name, node=node.name)
    address, port = next((one for one in known if one[0] == wanted), known[0])
    if wanted and address != wanted:
        return cause("rpki-other-cache", command, node.name, node=node.name, a=address, b=wanted)
    asks = {(node.name, "tcp"): {"ask": "tcp", "node": node.name, "dst": str(address), "port": port, "seconds": 0.5}}
    if question := daemon_of(node).rpki_connection():
        asks[node.name, "caches"] = question.ask
    answers = yield asks
    answer = untrusted.fields(answers.get((node.name, "tcp")))
    if answer.get("ok") is not True:
        return None
    if answer.get("connected") is True:
        return _reached(node, wanted, address, untrusted.fields(answers.get((node.name, "caches"))))
    error = untrusted.text(answer.get("error"))
    if "refused" in error or "Connect call failed" in error:
        owner = network.owner(address)
        return cause("rpki-refused", "ss -tln", owner.node.name if owner else "", a=address, b=port)
    found = yield from path.search(network, node, address, None, None, why_no_route)
    if found and not found.name:
        return not_known([Text(_("%(a)s, port %(b)s: %(error)s"), a=address, b=port, error=error)])
    return found or cause("rpki-no-route", f"ip route get {address}", node.name, node=node.name, a=address)


def _reached(node: Node, wanted: AnyAddress | None, address: AnyAddress, said: Mapping[str, Any]) -> Cause | None:
    """The cache accepts connections: whether the router has one."""
    question = daemon_of(node).rpki_connection()
    connected = question.read(said) if question and said.get("ok") is True else []
    if isinstance(connected, Silent):
        return cause("rpki-stopped", daemon_of(node).show_rpki_caches(), node.name, node=node.name)
    mine = [one for one in connected if wanted in (None, one.address)]
    sentence = _("The cache %(a)s accepts connections from %(node)s.")
    if any(one.connected for one in mine):
        sentence = _("%(node)s is connected to its cache %(a)s, and has the ROAs that this cache sends.")
        address = next(one.address for one in mine if one.connected)
    elif mine:
        sentence = _(
            "The cache %(a)s accepts connections. %(node)s has lost its connection, and waits before it tries again."
        )
    return not_known([Text(sentence, a=address, node=node.name)])


def of_invalid(network: Network, node: Node, prefix: AnyNetwork) -> Search:
    """For a route that should not be there: whether a router has ROAs that make it invalid, and no policy that drops it."""
    seen = network.nodes.get(node.name)
    if seen is None:
        return None
    others = [other for other in network.nodes.values() if other is not seen]
    questions = {router.node.name: daemon_of(router.node).all_vrps() for router in (seen, *others)}
    validating = [router for router in (seen, *others) if questions[router.node.name] and configured_caches(router)]
    asks = {
        (router.node.name, "route"): daemon_of(router.node).bgp_as_paths(prefix).ask for router in (seen, *validating)
    }
    asks |= {(name, "vrps"): vrps.ask for router in validating if (vrps := questions[name := router.node.name])}
    answers = yield asks
    states: list[Text] = []
    for router in validating:
        name = router.node.name
        invalid = [
            as_path
            for as_path in _paths(router.node, prefix, answers)
            if as_path and _is_invalid(router, prefix, as_path, answers)
        ]
        if invalid and not drops_invalid(router):
            return cause("rpki-no-policy", daemon_of(router.node).show_config(), name, node=name)
        if invalid:
            sentence = _(
                "According to the ROAs that %(node)s has, the route is invalid: AS %(origin)s must not originate it."
            )
            states.append(Text(sentence, node=name, origin=invalid[0][-1]))
    as_paths = ", ".join(" ".join(as_path) or "–" for as_path in _paths(node, prefix, answers)[:4])
    if not as_paths:
        return not_known(states)
    return not_known(
        [
            Text(
                _("%(node)s has routes to %(prefix)s with the AS paths: %(paths)s."),
                node=node.name,
                prefix=prefix,
                paths=as_paths,
            ),
            *states,
        ]
    )


def _paths(node: Node, prefix: AnyNetwork, answers: Answers) -> list[tuple[str, ...]]:
    return bgp_routes.paths(node, prefix, answers.get((node.name, "route")))


def _is_invalid(router: Seen, prefix: AnyNetwork, as_path: tuple[str, ...], answers: Answers) -> bool:
    return bgp_routes.validity(router, prefix, None, [as_path], answers)[0] == "invalid"
