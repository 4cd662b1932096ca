"""Finds a cable that is changed on the page of the lab as a cause: unplugged, or with loss, a delay or a lower rate.

The running lab keeps a list of these cables, so no node is asked, and none shows them as they are. The solved network alone says
whether a check needs one of them.
"""

from collections.abc import Collection, Mapping, Sequence

from labs.engine.adapters.node_state import Network
from labs.engine.checks import CheckType
from labs.engine.cpu_budget import step
from labs.engine.definition.spec import Interface, Lab, Link, Node
from labs.engine.diagnosis import compared, routing_protocols, seat_of_check
from labs.engine.diagnosis.causes import Cause, cause
from labs.engine.diagnosis.dependencies import RESTS_ON
from labs.engine.diagnosis.items import Item, Kind, Networks
from labs.engine.diagnosis.packet_filters import Packet
from labs.engine.shared.cable import Cable
from labs.engine.state.facts import State
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _

MOST_ITEMS = 200  # that one search looks at
RATE, DELAY, LOSS = _("%(value)s kbit/s"), _("%(value)s ms delay"), _("%(value)s %% loss")
FROM_LAB = (Kind.LINK, Kind.ADJACENCY)  # what the drawing of the lab tells, without a solved network


def search(
    check: CheckType, node: Node, lab: Lab, model: State | None, cables: Mapping[str, Cable], *, cut_only: bool
) -> Cause | None:
    """The nearest changed cable on which the check rests; before it one that carries nothing at all, wherever that is.

    ``cables``: by the first end of their link. ``cut_only``: leave out those that still carry something: they explain a failure
    only where nothing else does. None also for a check of what should not be there.
    """
    if compared.is_unwanted(check) or check.vrf_name():
        return None
    others = seat_of_check.of_other_seats(lab, seat_of_check.own_nodes(check, node, lab))
    mine = (link for link in lab.links if not seat_of_check.is_of_another(link, others))
    changed = [(link, cables[str(link.a)]) for link in mine if str(link.a) in cables]
    roots = list(compared.roots(check, node))
    # An interface keeps its addresses, whatever becomes of the packets on its cable
    sending = [root for root in roots if root.kind is not Kind.LINK]
    unplugged = [(link, cable) for link, cable in changed if not cable.up]
    cut = [(link, cable) for link, cable in changed if cable.loss >= 100]
    for some, needed in ((unplugged, roots), (cut, sending), ([] if cut_only else changed, sending)):
        by_end = {(end.node, end.name): (link, cable, end) for link, cable in some for end in link.ends}
        if found := _nearest(Networks(lab, Network(lab, {}), {}, model or {}), needed, by_end):
            return _named(*by_end[found])
    return None


def _named(link: Link, cable: Cable, end: Interface) -> Cause:
    if not cable.up:
        return cause("cable", f"ip link show {end.name}", end.node, end=str(end))
    values = {RATE: cable.rate, DELAY: cable.delay, LOSS: cable.loss}
    worse = [Text(words, value=f"{value:g}") for words, value in values.items() if value]
    named = {f"c{number}": one for number, one in enumerate(worse)}
    changes = Text(", ".join(f"%({name})s" for name in named), **named)
    return cause("cable-worse", a=f"{link.a} – {link.b}", b=changes, end=str(end))


def _nearest(networks: Networks, roots: Sequence[Item], ends: Collection[tuple[str, str]]) -> tuple[str, str] | None:
    seen: set[Item] = set()
    return (
        next((end for root in roots if (end := _under(networks, root, Packet(), ends, seen))), None) if ends else None
    )


def _under(
    networks: Networks, item: Item, packet: Packet, ends: Collection[tuple[str, str]], seen: set[Item]
) -> tuple[str, str] | None:
    step()
    if item in seen or len(seen) > MOST_ITEMS:
        return None
    seen.add(item)
    if item.kind is Kind.LINK:
        return (item.node, item.at) if (item.node, item.at) in ends else None
    if item.node not in networks.model and item.kind not in FROM_LAB:
        return None
    networks.packet = packet = routing_protocols.carried(networks, item, packet)
    for below in RESTS_ON[item.kind](networks, item) if item.kind in RESTS_ON else ():
        if found := _under(networks, below, packet, ends, seen):
            return found
        networks.packet = packet
    return None
