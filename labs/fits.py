"""Will a class fit? Seats of each lab on this computer by memory and by CPU, seconds until all are ready, and what limits."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from labs import published
from labs.costs import MB, Cost, Costs, Host
from labs.engine.spec import Lab

PATIENCE = (
    120  # seconds that a class waits when all press start at once; more seats than are ready by then are too many
)
MOST_SEATS = 10_000


@dataclass(frozen=True, slots=True)
class Fit:
    """One lab, and so many people who start it at the same moment on an otherwise empty computer."""

    lab: Lab
    cost: Cost
    memory: int  # bytes that labs may take
    cores: float
    seats: int

    @property
    def by_memory(self) -> int:
        return self.memory // self.cost.memory

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
    def seconds(self) -> int:
        """Until the last of them is ready; of those who find memory, when there is not enough for all."""
        starts = min(self.seats, max(1, self.by_memory))
        return math.ceil(max(self.cost.seconds, starts * self.cost.cpu / self.cores))

    @property
    def megabytes(self) -> int:
        return math.ceil(self.cost.memory / MB)


def fits(labs: Sequence[Lab], seats: int) -> list[Fit]:
    host, costs = Host.known(), Costs()
    found = []
    for lab in labs:
        cost = costs.of(lab.id, lab.version, lambda lab=lab: lab)  # type: ignore[misc]
        found.append(Fit(lab, cost, host.memory, host.cores, seats))
    return found


def seats_in(memory: int, lab: Lab) -> int:
    """Seats of the lab in so many bytes for labs."""
    return memory // Costs().of(lab.id, lab.version, lambda: lab).memory


def named(names: Sequence[str]) -> list[Lab]:
    """The labs of these names; all of the catalogue for none. Raises NoSuchLab with what there is."""
    known = {lab.id: lab for lab in published.all_labs()}
    for name in names:
        if name not in known:
            raise published.NoSuchLab(f"There is no lab {name} here. There are: {', '.join(sorted(known))}.")
    return [known[name] for name in dict.fromkeys(names)] or sorted(known.values(), key=lambda lab: lab.id)
