"""A lab that several people share: what each gets to type on, how the lab looks from his seat, and which checks are his."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from labs.engine.definition.spec import Check, Kind, Lab
from labs.typed_yaml.shapes import PLACE, Problems, nearest


def check_seats(seats: Sequence[Any], nodes: Mapping[str, Any], problems: Problems) -> None:
    """Tell an author of seats that are two of one name, or have nodes that nobody can sit at, or two can."""
    ids, taken = set[str](), dict[str, str]()
    for seat in seats:
        place, name = seat[PLACE], seat.get("id", "?")
        if name in ids:
            problems.add((*place, "id"), f'Another seat has the id "{name}"; give each its own.')
        ids.add(name)
        for node in seat.get("nodes", ()):
            if message := _wrong_with(node, nodes, taken):
                problems.add((*place, "nodes"), message)
            taken.setdefault(node, name)


def _wrong_with(node: str, nodes: Mapping[str, Any], taken: Mapping[str, str]) -> str:
    if node not in nodes:
        return f'There is no node "{node}": {nearest(node, list(nodes))}'
    if nodes[node].get("kind") == Kind.SWITCH:
        return f"{node} is a switch, and nobody types on a switch; take it away."
    if nodes[node].get("learner") is False:
        return f"{node} is the instructor's (learner: false), so nobody sits at it; take it away."
    if node in taken:
        return f'Seat "{taken[node]}" has {node} already; a node is in one seat.'
    return ""


def seen_from(lab: Lab, nodes: Collection[str]) -> Lab:
    """The lab as somebody sees it who may type on these nodes only: all others are as the instructor's."""
    return replace(
        lab, nodes={name: replace(node, learner=node.learner and name in nodes) for name, node in lab.nodes.items()}
    )


def checks_of(lab: Lab, nodes: Collection[str], seated: Iterable[str]) -> list[Check]:
    """The checks that count for somebody who sits at ``nodes``: those made on his, and those made on nobody's.

    ``seated``: the nodes at which anybody sits.
    """
    others = set(seated) - set(nodes)
    return [check for check in lab.checks() if set(check.on) & set(nodes) or not set(check.on) & others]
