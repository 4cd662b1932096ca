"""A network that works, and the faults that ``manage.py diagnose`` injects into it one after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from labs.engine.checks import TYPES, CheckType
from labs.engine.definition import ad_hoc
from labs.engine.definition.spec import Lab, Link
from labs.engine.faults.base import PlacedFault


@dataclass(frozen=True, slots=True)
class Goal:
    """Something that should work in the network, as a check on a node."""

    type: str
    node: str
    expect: Mapping[str, Any]
    # By node, a command that makes the host or the session forget its state: else the check fails much later
    forget: Mapping[str, str] | None = None
    settles: float = (
        1.0  # seconds after the failure until its cause can be seen: a session tries again, a state is reached
    )

    def check(self) -> CheckType:
        return TYPES[self.type].parse(self.expect)


def extra_faults(*entries: tuple[str, ...]) -> dict[str, PlacedFault]:
    """Make faults that are not in the library. An entry holds name, node, the line that injects it, the line that repairs it, and
    the cause if a diagnosis should name one.
    """
    return {
        name: PlacedFault(name, "".join(known), node, "", (put,), (take,)) for name, node, put, take, *known in entries
    }


@dataclass(frozen=True, slots=True)
class FaultNetwork:
    """A network, what should work in it, and the faults to inject.

    A chain lists faults that are injected one after the other. An entry is ``GOAL KEY``: the goal that the fault breaks, and its
    PlacedFault.key; or ``GOAL KEY + KEY`` for two faults at once, the one nearer to the goal first. The chains run in parallel.
    ``extra`` holds faults that are not in the library. Most of them have no cause: the diagnosis should only report what it saw.
    The others are not suitable for trouble tickets.
    """

    lab: Lab
    goals: Mapping[str, Goal]
    chains: Sequence[Sequence[str]]
    extra: Mapping[str, PlacedFault] = field(default_factory=dict)

    def one_per_chain(self) -> "list[FaultNetwork]":
        """Return a network for each chain. BIRD reads its whole file again after a change, and so undoes ``birdc disable``."""
        return [replace(self, chains=[chain]) for chain in self.chains]

    def sample(self, every: int) -> "FaultNetwork":
        """Return the network with every n-th fault of each chain: CI has time for no more."""
        return replace(self, chains=[chain[::every] for chain in self.chains])


def cable(a: str, b: str, *addresses: str) -> Link:
    """Make a link between two interfaces NODE:NAME. ADDRESSES are those of each end, separated by spaces."""
    at_a, at_b = ([*addresses, "", ""][at].split() for at in (0, 1))
    return ad_hoc.link(a, b, at_a, at_b)
