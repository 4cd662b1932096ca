"""Says whose check it is in a class lab whose seats are alike: only what this person can mend is a cause for them.

The nodes of other seats are neither read nor named: their lines are somebody else's work, and perhaps the answer. Those of the
instructor are read, because packets and routes pass them. But nothing that differs there is a cause: a program of the lab, such as
a desk that plays incidents, may write their files, and no learner can change them.
"""

from collections.abc import Set

from labs.engine.checks import TYPES, CheckType
from labs.engine.definition.spec import Lab, Link, Node


def own_nodes(check: CheckType, node: Node, lab: Lab) -> Set[str] | None:
    """Return the nodes of the seat that this check counts for; None if it is not about one seat, so that any node may be blamed."""
    if not lab.has_bots:
        return None
    plans = {plan.id: plan for plan in lab.seats}
    seats = {
        one.seat
        for one in lab.checks()
        if node.name in one.on and one.type == check.NAME and TYPES[one.type].parse(one.expect).placed(lab) == check
    }
    if not seats or not seats <= plans.keys():
        return None
    return frozenset(name for seat in seats for name in plans[seat].nodes)


def of_other_seats(lab: Lab, own: Set[str] | None) -> Set[str]:
    """Return the nodes of all other seats; none if the check is not about one seat."""
    if own is None:
        return frozenset()
    return frozenset(name for plan in lab.seats for name in plan.nodes) - own


def is_of_another(link: Link, others: Set[str]) -> bool:
    """Whether an end of this link is on a node of another seat."""
    return any(end.node in others for end in link.ends)


def leads_to(lab: Lab, node: str, port: str, others: Set[str]) -> bool:
    """Whether the link of this port is one of another seat."""
    links = (link for link in lab.links if any((end.node, end.name) == (node, port) for end in link.ends))
    return any(is_of_another(link, others) for link in links)
