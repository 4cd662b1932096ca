"""The causes that the comparison with the solved network shows: where a search begins, and the sentence for what it finds."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.adapters.daemons import daemon_of, is_router
from labs.engine.adapters.node_state import Network
from labs.engine.adapters.untrusted import AnyNetwork
from labs.engine.checks import CheckType
from labs.engine.definition.spec import Node
from labs.engine.diagnosis.causes import Cause, cause, not_known
from labs.engine.diagnosis.dependencies import Item, Kind, Search, Suspect
from labs.engine.diagnosis.packet_filters import NUMBERS, Packet
from labs.engine.state.facts import Difference, Section, State, differences, stem
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _

PACKETS = (
    "ping",
    "flow",
    "reach",
    "service",
    "dns",
    "loss",
    "rate",
    "path",
    "nat64",
)  # families that send packets somewhere
IGP = ("ospf6", "ospf", "isis", "babel", "rip", "ripng")
SECRET = ("password", "authentication", " key ", "message-digest")

# Why a difference matters, by the item whose difference it is
SO = {
    Kind.ADJACENCY: _("So the routers on the link of %(node)s:%(at)s do not become neighbours."),
    Kind.SESSION: _("So the session of %(node)s with %(at)s is not established."),
    Kind.ROUTE: _("So %(node)s does not send packets for %(at)s as it should."),
    Kind.IGP_ROUTE: _("So %(node)s does not learn a route to %(at)s."),
    Kind.BGP_ROUTE: _("So the route to %(at)s is not on %(node)s as it should be."),
    Kind.FILTER: _("The packets of this check pass %(node)s."),
    Kind.ADVERTISEMENTS: _("So %(node)s is not configured by router advertisements on %(at)s as it should be."),
    Kind.RPKI: _("So %(node)s does not validate routes as it should."),
}
# Causes that are seen in the live network alone: a state does not hold what they rest on.
EVIDENT = (
    "address-duplicate",
    "address-taken",
    "neighbour-wrong",
    "bgp-limit",
    "daemon-down",
    "bird-unread",
    "rpki-refused",
)
# What a cause of the live network alone is about, by the beginning of its name: it is believed only where this differs.
ABOUT: Mapping[str, tuple[Section, ...]] = {
    "link-down": (Section.INTERFACES,),
    "cable": (Section.INTERFACES,),
    "port-taken": (Section.INTERFACES,),
    "mtu": (Section.INTERFACES, Section.CONFIG),
    "address": (Section.INTERFACES,),
    "ipv6-disabled": (Section.SETTINGS,),
    "forwarding": (Section.SETTINGS,),
    "slaac-guard": (Section.FILTERS,),
    "slaac": (Section.SETTINGS, Section.CONFIG),
    "firewall": (Section.FILTERS,),
    "urpf": (Section.FILTERS, Section.SETTINGS),
    "hop-limit": (Section.FILTERS,),
    "too-big": (Section.FILTERS,),
    "bgp-filter": (Section.FILTERS,),
    "ospf-filter": (Section.FILTERS,),
    "rule-drops": (Section.RULES,),
    "route": (Section.ROUTES,),
    "protocol-off": (Section.DAEMONS,),
    "bgp-wrong-address": (Section.CONFIG,),
    "bgp": (Section.CONFIG,),
    "ospf": (Section.CONFIG,),
    "router-id": (Section.CONFIG,),
    "ra": (Section.CONFIG,),
    "rpki": (Section.CONFIG,),
}
EFFECTS = ("bgp-no-route", "route-missing", "rpki-no-route", "bgp-unoriginated", "route-loop", "route-hop")


def suspect(check: CheckType, node: Node, network: Network, live: State, model: State) -> Suspect | None:
    search = Search(network.lab, network, live, model, _packet(check))
    return search.first(list(roots(check, node)))


def roots(check: CheckType, node: Node) -> Iterator[Item]:
    """What the check needs, by the fields that it has."""
    family = check.NAME.split(".", maxsplit=1)[0]
    prefix, name = _field(check, "prefix"), untrusted.text(_field(check, "interface"))
    if family in PACKETS or check.NAME == "sav.spoof_blocked":
        yield from (Item(Kind.PATH, node.name, str(to)) for to in _targets(check))
    elif family == "bgp":
        peer = _field(check, "peer")
        yield from [Item(Kind.SESSION, node.name, str(peer))] if peer is not None else []
        if prefix is not None or peer is None:
            yield Item(Kind.BGP_ROUTE, node.name, str(prefix or ""))
    elif family in IGP:
        if name:
            yield Item(Kind.ADJACENCY, node.name, name)
        elif prefix is not None:
            yield Item(Kind.IGP_ROUTE, node.name, _inside(prefix))
    elif family == "fib":
        wanted = check.destination() if hasattr(check, "destination") else prefix
        yield from [Item(Kind.ROUTE, node.name, _inside(wanted))] if wanted is not None else []
    elif family == "rpki":
        yield Item(Kind.RPKI, node.name)
    elif family in ("addr", "ra", "link") and name:
        yield Item(
            Kind.LINK if family == "link" or check.NAME == "addr.present" else Kind.ADVERTISEMENTS, node.name, name
        )


def _field(check: CheckType, name: str) -> Any:
    values = getattr(check, "values", {})
    return getattr(check, name, None) or (values.get(name) if isinstance(values, Mapping) else None)


def _targets(check: CheckType) -> list[object]:
    found = getattr(check, "address", None) or getattr(check, "server", None) or getattr(check, "to", None)
    every = found if isinstance(found, list | tuple) else [found]
    return [one for one in every if untrusted.address(one) is not None]


def _inside(prefix: AnyNetwork) -> str:
    return str(prefix.network_address)


def _packet(check: CheckType) -> Packet:
    protocol, port = getattr(check, "protocol", None), getattr(check, "port", None)
    if isinstance(protocol, str) and protocol in NUMBERS:
        return Packet(protocol=NUMBERS[protocol], port=untrusted.whole(port), state="new")
    return Packet(protocol=6, port=untrusted.whole(port), state="new") if check.NAME.startswith("service") else Packet()


# What is said


def reconciled(
    found: Cause | None, suspected: Suspect | None, network: Network, live: State, model: State
) -> Cause | None:
    """The cause to tell, from the look into the live network and the comparison with the solved one.

    ``found`` keeps its name if it says the same as the comparison, in better words; or if the comparison has no suspect and
    what it blames differs from the solved network. What is the same in both is no cause: it is only seen.
    """
    if suspected is not None:
        same = found is not None and found.name and _is_about(found, suspected.nearest)
        return found if same else named(suspected, network)
    if found is None or not found.name or found.name.startswith(EVIDENT):
        return found
    about = next((sections for name, sections in ABOUT.items() if found.name.startswith(name)), ())
    if found.name not in EFFECTS and any(
        True for section in about for _one in differences(live, model, found.node, section)
    ):
        return found
    return not_known([found.text])


def _is_about(found: Cause, nearest: Difference) -> bool:
    about = next((sections for name, sections in ABOUT.items() if found.name.startswith(name)), ())
    return found.node == nearest.node and nearest.section in about and found.name not in EFFECTS


def named(suspected: Suspect, network: Network) -> Cause:
    one, item = suspected.nearest, suspected.item
    made = _of_section(one, network)
    why = SO.get(item.kind)
    return replace(made, text=Text.of(made.text, Text(why, node=item.node, at=item.at))) if why else made


def _of_section(one: Difference, network: Network) -> Cause:
    node = network.lab.nodes[one.node]
    match one.section:
        case Section.INTERFACES:
            return _of_interface(one, _told(node))
        case Section.SETTINGS:
            return _of_setting(one, _told(node))
        case Section.DAEMONS:
            return _of_daemon(one, node)
        case Section.CONFIG:
            return _of_config(one, node)
        case Section.FILTERS:
            words = {"node": one.node, "place": one.key, "a": _shown(one.live or one.model or "")}
            return cause(
                "differs-rule" if one.live else "differs-rule-missing", "nft list ruleset", _told(node), **words
            )
        case Section.ROUTES:
            command = f"ip -{6 if ':' in one.key else 4} route"
            name = "differs-route" if one.live else "route-missing"
            return cause(name, command, _told(node), node=one.node, a=one.key, b=one.live or "")
        case _:
            return cause(
                "differs-rules", "ip rule; ip -6 rule", _told(node), node=one.node, a=one.live or one.model or ""
            )


def _told(node: Node) -> str:
    """The node on which the learner can type the command; "" if they cannot type there."""
    return node.name if node.learner else ""


def _of_interface(one: Difference, on: str) -> Cause:
    port, _space, word = one.key.rpartition(" ")
    end = f"{one.node}:{port}"
    match word:
        case "up":
            made = cause("link-down", f"ip link show {port}", on, end=end)
        case "carrier":
            made = cause("cable", f"ip link show {port}", on, end=end)
        case "master" if one.live:
            made = cause("port-taken", f"ip -d link show {port}", on, end=end, a=one.live)
        case "addresses" if not one.live:
            made = cause("address-missing", f"ip addr show dev {port}", on, node=one.node, a=one.model or "")
        case "addresses":
            made = cause(
                "differs-address", f"ip addr show dev {port}", on, end=end, a=one.live or "", b=one.model or ""
            )
        case _:
            words = {"end": end, "what": word, "a": one.live or "–", "b": one.model or "–"}
            made = cause("differs-interface", f"ip -d link show {port}", on, **words)
    return replace(made, node=one.node)


def _of_setting(one: Difference, on: str) -> Cause:
    words = {"node": one.node, "key": one.key, "a": one.live or "–", "b": one.model or "–"}
    if one.key in ("net.ipv6.conf.all.forwarding", "net.ipv4.ip_forward") and one.live == "0":
        return cause("forwarding", f"sysctl {one.key}", on, node=one.node)
    if one.key.endswith(".disable_ipv6") and one.live == "1":
        return cause("ipv6-disabled", f"sysctl {one.key}", on, end=f"{one.node}:{one.key.split('.')[3]}")
    return cause("differs-setting", f"sysctl {one.key}", on, **words)


def _of_daemon(one: Difference, node: Node) -> Cause:
    if one.key == "bird.conf":
        return cause("bird-unread", "birdc configure check", _told(node), node=node.name)
    if one.live == "disabled":
        return cause("protocol-off", "birdc show protocols", _told(node), node=node.name, a=one.key)
    return cause("daemon-down", "ps -e", _told(node), node=node.name, a=one.key)


def _of_config(one: Difference, node: Node) -> Cause:
    command = daemon_of(node).show_config() if is_router(node) else ""
    place = Text(_(" (in %(block)s)"), block=one.key) if one.key else Text("")
    words = {"node": node.name, "place": place}
    if one.live is None:
        # The value stays with the solution: what the learner should find out is said by its kind.
        about = " ".join(stem(one.model or ""))
        return cause("differs-missing", command, _told(node), a=_shown(about), **words)
    if one.model is None:
        return cause("differs-extra", command, _told(node), a=_shown(one.live), **words)
    if one.live == one.model or "\n" in one.live:
        return cause("differs-order", command, _told(node), **words)
    return cause("differs-value", command, _told(node), a=_shown(one.live), **words)


def _shown(line: str) -> str:
    """A statement without a secret in it."""
    at = min((line.index(word) + len(word) for word in SECRET if word in line), default=len(line))
    return line[:at].strip()
