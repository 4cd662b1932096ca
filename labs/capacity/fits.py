"""The seats of each lab on this host by memory and by CPU, what limits them, and the time until all are ready.

Memory is counted in three ways: by expected use and by the ceiling of the memory limits, as the queue admits labs
(labs.capacity.free_capacity); and at full use, if each lab used all that it may.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from labs.capacity.costs import WORK, Cost, Costs
from labs.capacity.overcommit import Memory, host_memory, memory_for_labs
from labs.engine.definition.spec import Lab
from labs.engine.runtime.memory_limit import beside_mb, memory_limit_mb
from labs.models import Host
from labs.models.host import MB

# Seconds that a class accepts to wait when all press start at once. Seats that are not ready by then are too many
PATIENCE = 120
MOST_SEATS = 10_000


@dataclass(frozen=True, slots=True)
class Fit:
    """One lab, and a number of people who start it at the same moment on an otherwise empty host."""

    lab: Lab
    cost: Cost
    memory: Memory  # for labs, and the ceiling of their limits
    cores: float
    seats: int  # how often it runs for them: people share a class lab

    @property
    def by_use(self) -> int:
        """Seats by the memory that each is expected to use."""
        return self.memory.use // self.cost.memory

    @property
    def by_ceiling(self) -> int:
        """Seats by the ceiling of all memory limits. The ceiling may be more than the memory for labs."""
        return self.memory.limit // self.cost.limit

    @property
    def by_memory(self) -> int:
        """Seats that the queue admits."""
        return min(self.by_use, self.by_ceiling)

    @property
    def full_use(self) -> int:
        """Bytes that a lab may use at most: its limit, and the kernel memory that it may hold beside it."""
        return self.cost.limit + beside_mb(len(self.lab.nodes)) * MB

    @property
    def at_full_use(self) -> int:
        """Seats for which the memory for labs suffices, whatever the learners do."""
        return self.memory.use // self.full_use

    @property
    def by_cpu(self) -> int:
        return int(PATIENCE * self.cores / self.cost.cpu)

    @property
    def most(self) -> int:
        return min(self.by_memory, self.by_cpu)

    @property
    def fits(self) -> bool:
        return self.seats <= self.most

    @property
    def limit(self) -> str:
        """The resource that limits the seats: ``memory`` or ``cpu``."""
        return "memory" if self.by_memory <= self.by_cpu else "cpu"

    @property
    def binding(self) -> str:
        """As ``limit``, but with memory split into expected use (``use``) and the ceiling of the limits (``ceiling``)."""
        return self.limit if self.limit == "cpu" else "use" if self.by_use <= self.by_ceiling else "ceiling"

    @property
    def seconds(self) -> int:
        """Seconds until the last seat is ready; if memory does not suffice for all, the last of those that fit."""
        starts = min(self.seats, max(1, self.by_memory))
        return math.ceil(max(self.cost.seconds, starts * self.cost.cpu / self.cores))

    @property
    def megabytes(self) -> int:
        return math.ceil(self.cost.memory / MB)

    @property
    def limit_megabytes(self) -> int:
        return math.ceil(self.cost.limit / MB)

    @property
    def full_use_megabytes(self) -> int:
        return math.ceil(self.full_use / MB)


def fits(labs: Sequence[Lab], seats: int) -> list[Fit]:
    """Return for each lab whether this number of people fits. People share a class lab (``copies``)."""
    host, costs = Host.known(), Costs()
    return [Fit(lab, _cost(costs, lab), host_memory(host), host.cores, copies(lab, seats)) for lab in labs]


def copies(lab: Lab, people: int) -> int:
    """Return how often the lab runs for this number of people. Each has a seat of their own in a class lab."""
    return math.ceil(people / len(lab.seats)) if lab.has_bots else people


def _cost(costs: Costs, lab: Lab) -> Cost:
    """Return the cost of a seat. A lab that nobody has started gets the cost expected after its first measurement."""
    cost = costs.with_limit(lab.id, lab.version, lambda: lab)
    return cost if cost.measured else replace(cost, limit=memory_limit_mb(lab, round(cost.memory / WORK)) * MB)


def seats_in(memory: int, lab: Lab) -> int:
    """Return the number of seats of the lab that fit into this memory, in bytes."""
    return Fit(lab, _cost(Costs(), lab), memory_for_labs(memory), 1, 1).by_memory
