"""The seats of a class lab, which several people share: each seat's nodes, its view of the lab, and its checks."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from labs.engine.definition.spec import Check, Kind, Lab
from labs.typed_yaml.shapes import PLACE, Problems, nearest


def check_seats(seats: Sequence[Any], nodes: Mapping[str, Any], problems: Problems) -> None:
    """Report seats with the same id, and nodes that do not exist, cannot be typed on or are in two seats."""
    ids, taken = set[str](), dict[str, str]()
    for seat in seats:
        place, name = seat[PLACE], seat.get("id", "?")
        if name in ids:
            problems.add((*place, "id"), f'Another seat has the id "{name}". Give each seat an id of its own.')
        ids.add(name)
        for node in seat.get("nodes", ()):
            if message := _wrong_with(node, nodes, taken):
                problems.add((*place, "nodes"), message)
            taken.setdefault(node, name)


def _wrong_with(node: str, nodes: Mapping[str, Any], taken: Mapping[str, str]) -> str:
    if node not in nodes:
        return f'There is no node "{node}": {nearest(node, list(nodes))}'
    if nodes[node].get("kind") == Kind.SWITCH:
        return f"{node} is a switch, and nobody can type on a switch. Remove it from the seat."
    if nodes[node].get("learner") is False:
        return f"{node} belongs to the instructor (learner: false). Remove it from the seat."
    if node in taken:
        return f'The seat "{taken[node]}" has {node} already. Remove it from one of the two.'
    return ""


def seen_from(lab: Lab, nodes: Collection[str]) -> Lab:
    """Return the lab for somebody who may type on these nodes only: all others appear as the instructor's.

    Of seats that are alike, it has this one with its values and its guide, and no checks of other seats.
    """
    own = {name: replace(node, learner=node.learner and name in nodes) for name, node in lab.nodes.items()}
    plan = lab.seat_with(nodes)
    if plan is None or not lab.has_bots:
        return replace(lab, nodes=own)
    stages = tuple(
        replace(stage, checks=tuple(check for check in stage.checks if check.seat in ("", plan.id)))
        for stage in lab.stages
    )
    return replace(lab, nodes=own, guide=plan.guide, parameters=plan.values, stages=stages, seats=(plan,))


def checks_of(lab: Lab, nodes: Collection[str], seated: Iterable[str]) -> list[Check]:
    """Return the checks that count for the seat with these nodes: those made on its nodes, and those made on no seat's nodes.

    If the seats are alike, a check says itself for which seat it counts. ``seated`` are the nodes of all seats that somebody has
    taken.
    """
    if lab.has_bots:
        plan = lab.seat_with(nodes)
        return [check for check in lab.checks() if check.seat in ("", plan.id if plan else "")]
    others = set(seated) - set(nodes)
    return [check for check in lab.checks() if set(check.on) & set(nodes) or not set(check.on) & others]
