"""The cost of a copy of a lab: memory while it runs, CPU and seconds for its start.

A cost is measured when a lab starts, and kept with the lab's version (LabCost); each start refines it. Until the first
measurement it is estimated from the lab's nodes.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from labs.capacity.overcommit import Memory
from labs.engine.definition.spec import Kind, Lab
from labs.engine.runtime.memory_limit import SUPERVISOR_MEMORY, UNMEASURED, memory_limit_mb
from labs.models import LabCost
from labs.models.host import MB

# Bytes and CPU-seconds of an estimate, from measured labs: the supervisor, then each node by its kind
SUPERVISOR = (22 * MB, 0.2)
NODES = {
    Kind.FRR: (19 * MB, 0.2),
    Kind.BIRD: (6 * MB, 0.05),
    Kind.HOST: (3 * MB, 0.02),
    Kind.SWITCH: (1 * MB, 0.02),
}
WORK = 1.25  # a lab in use takes this many times the memory of one that has just started: terminals, tables, files
OUTSIDE = 0.25  # CPU-seconds of a start outside the lab's container: the engine's and ours


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one copy: bytes while it runs and at most, CPU-seconds and seconds for its start."""

    memory: int
    cpu: float
    seconds: float
    measured: bool = False
    limit: int = UNMEASURED * MB

    @property
    def both(self) -> Memory:
        return Memory(self.memory, self.limit)

    @property
    def cores(self) -> float:
        """The number of cores that its start keeps busy."""
        return self.cpu / self.seconds


# A container without a lab
EMPTY_CONTAINER = Cost(round(SUPERVISOR[0] * WORK), SUPERVISOR[1] + OUTSIDE, 0.5, limit=SUPERVISOR_MEMORY * MB)


class Costs:
    """The costs of all labs as they are known now. One query serves a whole queue."""

    def __init__(self) -> None:
        self._known = {(row.lab, row.lab_version): measured(row) for row in LabCost.objects.all()}

    def of(self, lab: str, version: str, spec: Callable[[], Lab | None]) -> Cost:
        """Return the measured cost of a version, else that of another version of the same lab, else an estimate."""
        if not lab:
            return EMPTY_CONTAINER
        if found := self._known.get((lab, version)):
            return found
        others = [cost for (name, _version), cost in self._known.items() if name == lab]
        return others[-1] if others else estimate(spec())

    def with_limit(self, lab: str, version: str, spec: Callable[[], Lab | None]) -> Cost:
        """Return the cost, with the memory limit of a copy that starts now.

        An estimate gives the largest limit, because a lab could never start with a limit that is too small.
        """
        cost, found = self.of(lab, version, spec), spec() if lab else None
        if found is None:
            return cost
        return replace(cost, limit=memory_limit_mb(found, round(cost.memory / WORK) if cost.measured else 0) * MB)

    def knows(self, lab: Lab) -> bool:
        return (lab.id, lab.version) in self._known


def measured(row: LabCost) -> Cost:
    """Return the cost that the starts of a version have shown."""
    return Cost(round(row.memory * WORK), row.cpu_seconds + OUTSIDE, max(0.1, row.seconds), measured=True)


def estimate(lab: Lab | None) -> Cost:
    """Return the estimated cost of a lab that nobody has started here; without its description, that of six routers."""
    kinds = [node.kind for node in lab.nodes.values()] if lab else [Kind.FRR] * 6
    memory = SUPERVISOR[0] + sum(NODES[kind][0] for kind in kinds)
    cpu = SUPERVISOR[1] + sum(NODES[kind][1] for kind in kinds)
    return Cost(round(memory * WORK), cpu + OUTSIDE, 0.5 + cpu / 2)
