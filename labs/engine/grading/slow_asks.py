"""The asks that take long to answer, and the checks that need them. Fast ones should not wait for these."""

from collections.abc import Mapping, Sequence
from typing import Any

from labs.engine.definition.spec import Lab
from labs.engine.grading.cases import Case, case_of, with_needs

# Slow asks, the slowest last
SLOWER = (
    "dns",
    "http",
    "tcp",
    "ping",
    "mtu",
    "flow",
    "stream",
    "spoof",
    "rogue",
    "ra",
    "trace",
    "capture",
)


def slowness(ask: Mapping[str, Any]) -> int:
    """The position of an ask among the slow ones; -1 if it is fast."""
    return SLOWER.index(ask["ask"]) if ask["ask"] in SLOWER else -1


def slowest(asks: Sequence[Mapping[str, Any]]) -> int:
    return max(map(slowness, asks), default=-1)


def side_by_side(lab: Lab) -> dict[str, list[str]]:
    """Returns the lab's checks by their slowest ask, "" if none is slow: so fast checks need not wait for slow answers."""
    every = {check.id: case_of(lab, stage.id, check) for stage in lab.stages for check in stage.checks}
    groups: dict[int, list[str]] = {}
    for name, case in every.items():
        together: list[Case] = list(with_needs(every, [case]).values())
        key = max(slowest(one.type.asks(one.on)) for one in together)
        groups.setdefault(key, []).append(name)
    return {SLOWER[key] if key >= 0 else "": groups[key] for key in sorted(groups)}
