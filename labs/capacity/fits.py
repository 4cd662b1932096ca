"""Will a class fit? Seats of each lab on this computer by memory and by CPU, seconds until all are ready, and what limits."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from labs.engine.definition.spec import Lab
from labs.engine.runtime.memory_limit import memory_limit_mb
from labs.models.lab_cost import MB, WORK, Cost, Costs, Host, Memory, room_of
from labs.registry import versions

PATIENCE = (
    120  # seconds that a class waits when all press start at once; more seats than are ready by then are too many
)
MOST_SEATS = 10_000


@dataclass(frozen=True, slots=True)
class Fit:
    """One lab, and so many people who start it at the same moment on an otherwise empty computer."""

    lab: Lab
    cost: Cost
    room: Memory  # that labs may take
    cores: float
    seats: int

    @property
    def by_use(self) -> int:
        """By the memory that each is expected to use."""
        return self.room.use // self.cost.memory

    @property
    def by_limit(self) -> int:
        """By the memory that each may use at most: whatever its learners do, the computer has so much for them."""
        return self.room.limit // self.cost.limit

    @property
    def by_memory(self) -> int:
        return min(self.by_use, self.by_limit)

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
        """What there is too little of first: ``memory`` or ``cpu``."""
        return "memory" if self.by_memory <= self.by_cpu else "cpu"

    @property
    def binding(self) -> str:
        """As ``limit``; of memory, whether it is what labs are expected to ``use`` or what they may use at most (``limit``)."""
        return self.limit if self.limit == "cpu" else "use" if self.by_use <= self.by_limit else "limit"

    @property
    def seconds(self) -> int:
        """Until the last of them is ready; of those who find memory, when there is not enough for all."""
        starts = min(self.seats, max(1, self.by_memory))
        return math.ceil(max(self.cost.seconds, starts * self.cost.cpu / self.cores))

    @property
    def megabytes(self) -> int:
        return math.ceil(self.cost.memory / MB)

    @property
    def megabytes_at_most(self) -> int:
        return math.ceil(self.cost.limit / MB)


def fits(labs: Sequence[Lab], seats: int) -> list[Fit]:
    host, costs = Host.known(), Costs()
    return [Fit(lab, _cost(costs, lab), host.room, host.cores, seats) for lab in labs]


def _cost(costs: Costs, lab: Lab) -> Cost:
    """What a seat of the lab costs. Of one that nobody has started yet, what it will when its first start was weighed."""
    cost = costs.with_limit(lab.id, lab.version, lambda: lab)
    return cost if cost.measured else replace(cost, limit=memory_limit_mb(lab, round(cost.memory / WORK)) * MB)


def seats_in(memory: int, lab: Lab) -> int:
    """Seats of the lab in so many bytes for labs."""
    return Fit(lab, _cost(Costs(), lab), room_of(memory), 1, 1).by_memory


def named(names: Sequence[str]) -> list[Lab]:
    """The labs of these names; all of the catalogue for none. Raises NoSuchLab with what there is."""
    known = {lab.id: lab for lab in versions.all_labs()}
    for name in names:
        if name not in known:
            raise versions.NoSuchLab(f"There is no lab {name} here. There are: {', '.join(sorted(known))}.")
    return [known[name] for name in dict.fromkeys(names)] or sorted(known.values(), key=lambda lab: lab.id)
