"""Why a router has no RPKI cache, or knows what is invalid and does not drop it."""

from labs.engine.checks import reading
from labs.engine.checks.reading import AnyAddress, AnyNetwork
from labs.engine.diagnosis import path
from labs.engine.diagnosis.causes import Cause, Look, cause, not_known, shell
from labs.engine.diagnosis.routes import drops_invalid
from labs.engine.diagnosis.walking import Deeper
from labs.engine.seen import Network, Seen
from labs.engine.spec import Kind, Node
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
    told = yield {
        (node.name, "tcp"): {"ask": "tcp", "node": node.name, "dst": str(address), "port": port, "seconds": 1.5}
    }
    answer = reading.fields(told.get((node.name, "tcp")))
    if answer.get("ok") is not True:
        return None
    if answer.get("connected") is True:
        if node.kind is Kind.FRR:
            return cause("rpki-stopped", command, node.name, node=node.name)
        return not_known([Text(_("The cache %(a)s takes connections of %(node)s."), a=address, node=node.name)])
    error = reading.text(answer.get("error"))
    if "refused" in error or "Connect call failed" in error:
        listen = "ss -tln"
        owner = network.owner(address)
        return cause("rpki-refused", listen, owner.node.name if owner else "", a=address, b=port)
    found = yield from path.look(network, node, address, None, None, deeper)
    if found and not found.name:
        return not_known([Text(_("%(a)s, port %(b)s: %(error)s"), a=address, b=port, error=error)])
    return found or cause("rpki-no-route", f"ip route get {address}", node.name, node=node.name, a=address)


def of_invalid(network: Network, node: Node, prefix: AnyNetwork) -> Cause | None:
    """A route is there that should be dropped as invalid."""
    seen = network.nodes.get(node.name)
    for router in network.nodes.values():
        if router.node.kind is Kind.FRR and caches(router) and not drops_invalid(router.config):
            command = shell(router.node, "show running-config")
            return cause("rpki-no-policy", command, router.node.name, node=router.node.name)
    return not_known([Text(_("%(node)s has a path to %(prefix)s."), node=node.name, prefix=prefix)] if seen else [])
