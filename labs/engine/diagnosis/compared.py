"""Chooses the items at which the comparison with the solved network begins for a check, and which of two causes is shown."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from itertools import islice
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.adapters.node_state import Network
from labs.engine.adapters.untrusted import AnyNetwork
from labs.engine.checks import CheckType
from labs.engine.definition import solution
from labs.engine.definition.spec import Lab, Node
from labs.engine.diagnosis import routing_protocols, seat_of_check, seen_sentences, sentences, supporting_differences
from labs.engine.diagnosis.causes import Cause, not_known
from labs.engine.diagnosis.dependency_search import Search, Suspect, unread
from labs.engine.diagnosis.items import Item, Kind
from labs.engine.diagnosis.needs_and_consequences import consequence
from labs.engine.diagnosis.own_differences import is_stopped
from labs.engine.diagnosis.packet_filters import NUMBERS, Packet
from labs.engine.state import routing
from labs.engine.state.facts import UNKNOWN, Section, State, differences
from labs.engine.translatable_text import Text

MOST_SEEN = 2  # differences that are told although they explain nothing: with more, the networks are too different
# Families of checks that send packets somewhere
SENDING_FAMILIES = ("ping", "flow", "reach", "service", "dns", "loss", "rate", "path", "nat64", "net")
# Causes that are seen in the live network alone: a state does not hold what they rest on.
EVIDENT = (
    "address-duplicate",
    "address-left-over",
    "address-prefix",
    "address-taken",
    "neighbour-wrong",
    "bgp-limit",
    "bird-unread",
)
OF_ADDRESSES = ("address-prefix", "address-taken")  # of those: what is said of addresses that were typed


def suspect(
    check: CheckType, node: Node, network: Network, live: State, model: State, stage: str = ""
) -> Suspect | None:
    """The nearest difference that explains the check, which belongs to this stage of the lab."""
    return searched(check, node, network, live, model, stage)[0]


def searched(
    check: CheckType,
    node: Node,
    network: Network,
    live: State,
    model: State,
    stage: str = "",
    own: Set[str] | None = None,
) -> tuple[Suspect | None, list[tuple[str, str]]]:
    """The suspect, and the ends of links on which the check rests, as far as the search has come: node and port.

    ``own``: the nodes that may be blamed, of the seat whose check it is; None: all of them.
    """
    sooner, later = _typed(network.lab, stage) if stage else ({}, {})
    needed, source = list(roots(check, node)), untrusted.address(getattr(check, "source", None))
    search = Search(
        network.lab, network, live, model, _packet(check), is_unwanted(check), later=later, sooner=sooner, own=own
    )
    search.needs_rules = search.unwanted or check.NAME == "rate.limit"
    search.version = 4 if check.NAME.startswith("dhcp4.") else None
    search.igp = routing_protocols.IGP & {check.NAME.split(".", maxsplit=1)[0]}
    search.sources = dict.fromkeys(needed, source) if source is not None else {}
    found = search.first([*needed, *(_every_way(model) if check.NAME == "path.failover" else ())])
    others = seat_of_check.of_other_seats(network.lab, own)
    links = [(item.node, item.at) for item in search.order if item.kind is Kind.LINK]
    return found, [end for end in links if not seat_of_check.leads_to(network.lab, *end, others)]


def _every_way(model: State) -> Iterator[Item]:
    """The adjacencies and sessions of the network: one of them carries the other path."""
    for node, facts in model.items():
        for key in facts.get(Section.ADJACENCIES, {}):
            yield Item(Kind.ADJACENCY, node, key.split(" ")[-1])
        yield from (Item(Kind.SESSION, node, peer) for peer in facts.get(Section.SESSIONS, {}))


def is_unwanted(check: CheckType) -> bool:
    """Whether the check fails because something passes or is there that should not."""
    return check.NAME.endswith("block") or check.NAME.endswith("blocked") or getattr(check, "present", True) is False


def _typed(lab: Lab, stage: str) -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, tuple[str, ...]]]:
    """The lines of the solution until this stage, and those that only later stages have, by node."""
    names = [one.id for one in lab.stages]
    until = names.index(stage) + 1 if stage in names else len(names)
    before, after = solution.typed(lab, names[:until]), solution.typed(lab, names[until:])
    return before, {
        node: tuple(line for line in lines if line.strip() not in {one.strip() for one in before.get(node, ())})
        for node, lines in after.items()
    }


def roots(check: CheckType, node: Node) -> Iterator[Item]:
    """Yield the items that the check needs, by the fields that it has."""
    family = check.NAME.split(".", maxsplit=1)[0]
    prefix, name = _field(check, "prefix"), untrusted.text(_field(check, "interface"))
    if family in SENDING_FAMILIES or check.NAME == "sav.spoof_blocked":
        yield from (Item(Kind.PATH, node.name, str(to)) for to in _targets(check))
    elif family == "bgp":
        peer = _field(check, "peer")
        yield from [Item(Kind.SESSION, node.name, str(peer))] if peer is not None else []
        counts = _field(check, "received") is not None or _field(check, "sent") is not None
        if prefix is not None or peer is None or counts:
            yield Item(Kind.BGP_ROUTE, node.name, str(prefix or ""))
    elif family in routing_protocols.IGP:
        if name:
            yield Item(Kind.ADJACENCY, node.name, name)
        elif prefix is not None:
            yield Item(Kind.IGP_ROUTE, node.name, _inside(prefix))
    elif family == "fib":
        wanted = check.destination() if hasattr(check, "destination") else prefix
        yield from [Item(Kind.ROUTE, node.name, _inside(wanted))] if wanted is not None else []
        yield from (Item(Kind.ROUTE, node.name, str(to)) for to in _targets(check))
    elif family == "rpki":
        yield Item(Kind.RPKI, node.name)
        yield from [Item(Kind.BGP_ROUTE, node.name, str(prefix))] if prefix is not None else []
    elif family in ("dhcp4", "dhcp6"):
        yield Item(Kind.LEASE, node.name, name)
    elif family in ("addr", "ra", "link") and name:
        yield Item(
            Kind.LINK if family == "link" or check.NAME == "addr.present" else Kind.ADVERTISEMENTS, node.name, name
        )


def on_the_way(check: CheckType, node: Node, lab: Lab, model: State) -> list[str]:
    """The nodes that packets pass in the solved network, on the way to what the check needs."""
    found: list[str] = []
    for root in roots(check, node):
        to = untrusted.address(root.at.partition("/")[0])
        found += [hop.node for hop in routing.walk(lab, model, root.node, to)] if to else []
    return list(dict.fromkeys(found))


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
    """Return the packet that the check sends, in both directions, as far as the check says it."""
    protocol, port = getattr(check, "protocol", None), untrusted.whole(getattr(check, "port", None))
    by_family = {"service": 6, "dns": 17, "rate": 17, "loss": 17}
    number = NUMBERS.get(protocol) if isinstance(protocol, str) else by_family.get(check.NAME.split(".", maxsplit=1)[0])
    if number is None and check.NAME.startswith(("ping", "reach", "path")):
        target = untrusted.address(next(iter(_targets(check)), None))
        number = 1 if target and target.version == 4 else 58
    return Packet(protocol=number, port=port)


# Which cause is told


def reconciled(
    found: Cause | None,
    suspected: Suspect | None,
    network: Network,
    live: State,
    model: State,
    own: Set[str] | None = None,
) -> Cause | None:
    """The cause to tell, from the search in the live network and the comparison with the solved one.

    ``found`` keeps its name if it says the same as the comparison, in better words; or if the comparison has no suspect and
    it blames something that differs from the solved network. Anything that is the same in both is an observation, and no cause.
    The same holds for everything on a node that is not in ``own``, as in ``searched``.
    """
    candidates = (found, *found.others) if found is not None and found.name else ()
    if suspected is not None:
        nearest = suspected.nearest
        same = (one for one in candidates if supporting_differences.supports(one, nearest, network, live))
        if better := next(same, None):
            so = consequence(suspected.item, is_up=suspected.is_up)
            return replace(better, text=Text.of(better.text, so)) if so else better
        return sentences.named(suspected, network.lab)
    if found is None or found.adds:
        return found or _differing(network.lab, live, model, own)
    if not found.name:
        return found
    if len(candidates) == 1 and found.name.startswith(EVIDENT) and not _is_as_solved(found, live, model):
        return found
    of_own = (one for one in candidates if own is None or one.node in own)
    supported = (one for one in of_own if supporting_differences.is_supported(one, network, live, model))
    return next(supported, None) or seen_sentences.only_seen(found)


def _is_as_solved(found: Cause, live: State, model: State) -> bool:
    """Whether the node has the addresses of which this cause tells in the solved network too, so that they are no cause."""
    mine, solved = _addresses(live, found.node), _addresses(model, found.node)
    return found.name in OF_ADDRESSES and bool(mine) and mine == solved and UNKNOWN not in solved.values()


def _addresses(state: State, node: str) -> Mapping[str, str]:
    every = state.get(node, {}).get(Section.INTERFACES, {})
    return {key: value for key, value in every.items() if key.endswith(" addresses")}


def _differing(lab: Lab, live: State, model: State, own: Set[str] | None) -> Cause | None:
    """Return what is not as in the solved network, where nothing of it explains the check: it is only seen."""
    not_read = unread(lab, live)
    every = (
        sentences.of_difference(one, lab, unread=not_read).text
        for node in live
        if own is None or node in own
        for section in (Section.INTERFACES, Section.SETTINGS, Section.DAEMONS, Section.CONFIG, Section.FILTERS)
        for one in differences(live, model, node, section)
        if section is not Section.DAEMONS or is_stopped(one)
    )
    found = list(islice(every, MOST_SEEN + 1))
    return not_known(found) if 0 < len(found) <= MOST_SEEN else None
