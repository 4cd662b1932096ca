"""What labs cost, and what the computer has for them.

A lab's cost is measured when it starts, and kept with its version; each start refines it. Until then its nodes say what to expect.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from labs.engine.definition.spec import Kind, Lab
from labs.engine.runtime.memory_limit import SUPERVISOR_MEMORY, UNMEASURED, memory_limit_mb

MB = 1 << 20
REFINED_BY = 10  # starts; later ones move the means no less than the tenth did, so that a cost follows the machine

# Of an estimate, from measured labs: the supervisor, then each node by its kind
SUPERVISOR = (22 * MB, 0.2)
NODES = {
    Kind.FRR: (19 * MB, 0.2),
    Kind.BIRD: (6 * MB, 0.05),
    Kind.HOST: (3 * MB, 0.02),
    Kind.SWITCH: (1 * MB, 0.02),
}
WORK = 1.25  # a lab at work takes so much more memory than one that has just started: terminals, tables, files
OUTSIDE = 0.25  # CPU-seconds of a start that are not the lab's own: the engine's and ours


@dataclass(frozen=True, slots=True, order=True)
class Memory:
    """Bytes: those that are expected to be used, and those that may be used at most."""

    use: int = 0
    limit: int = 0

    def __add__(self, other: "Memory") -> "Memory":
        return Memory(self.use + other.use, self.limit + other.limit)

    def __sub__(self, other: "Memory") -> "Memory":
        return Memory(self.use - other.use, self.limit - other.limit)

    def covers(self, other: "Memory") -> bool:
        return self.use >= other.use and self.limit >= other.limit


@dataclass(frozen=True, slots=True)
class Cost:
    """What one running copy takes: bytes while it runs and at most, CPU-seconds and seconds for its start."""

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
        """How many cores its start keeps busy."""
        return self.cpu / self.seconds


# A container without a lab
EMPTY = Cost(round(SUPERVISOR[0] * WORK), SUPERVISOR[1] + OUTSIDE, 0.5, limit=SUPERVISOR_MEMORY * MB)


class LabCost(models.Model):
    """What a version of a lab took, over its starts on this site."""

    lab = models.CharField(max_length=100)
    lab_version = models.CharField(max_length=12)
    memory = models.PositiveBigIntegerField()  # bytes, when it was ready
    cpu_seconds = models.FloatField()  # of the container, from its start until it was ready
    seconds = models.FloatField()  # of the quickest start: what it takes when nothing else is in the way
    starts = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["lab"]
        verbose_name = _("cost of a lab")
        verbose_name_plural = _("costs of labs")
        constraints = [models.UniqueConstraint(fields=["lab", "lab_version"], name="labs_one_cost_per_version")]

    def __str__(self) -> str:
        return f"{self.lab}: {self.memory // MB} MB, {self.cpu_seconds:.2f} s of CPU"

    @property
    def cost(self) -> Cost:
        return Cost(round(self.memory * WORK), self.cpu_seconds + OUTSIDE, max(0.1, self.seconds), measured=True)

    @classmethod
    def measured(cls, lab: Lab, *, memory: int, cpu: float, seconds: float) -> Self:
        """Take in what one start of the lab took. Two at once may lose one of them, and nothing else."""
        facts: dict[str, Any] = {"memory": memory, "cpu_seconds": cpu, "seconds": seconds}
        kept, new = cls.objects.get_or_create(lab=lab.id, lab_version=lab.version, defaults=facts)
        if new:
            return kept
        kept.starts += 1
        part = 1 / min(kept.starts, REFINED_BY)
        kept.memory += round(part * (memory - kept.memory))
        kept.cpu_seconds += part * (cpu - kept.cpu_seconds)
        kept.seconds = min(kept.seconds, seconds)
        kept.save(update_fields=["starts", "memory", "cpu_seconds", "seconds"])
        return kept


class Costs:
    """What each lab costs, as it is known now: one query for a whole line."""

    def __init__(self) -> None:
        self._known = {(row.lab, row.lab_version): row.cost for row in LabCost.objects.all()}

    def of(self, lab: str, version: str, spec: Callable[[], Lab | None]) -> Cost:
        """The cost of a version: as measured, else as another version of the same lab was, else as its nodes let expect."""
        if not lab:
            return EMPTY
        if found := self._known.get((lab, version)):
            return found
        others = [cost for (name, _version), cost in self._known.items() if name == lab]
        return others[-1] if others else estimate(spec())

    def with_limit(self, lab: str, version: str, spec: Callable[[], Lab | None]) -> Cost:
        """The cost, with what a copy that starts now may use at most. An estimate limits nobody: who is wrong could never start."""
        cost, found = self.of(lab, version, spec), spec() if lab else None
        if found is None:
            return cost
        return replace(cost, limit=memory_limit_mb(found, round(cost.memory / WORK) if cost.measured else 0) * MB)

    def knows(self, lab: Lab) -> bool:
        return (lab.id, lab.version) in self._known


def estimate(lab: Lab | None) -> Cost:
    """What a lab may take that nobody has started here; without its description, what six routers do."""
    kinds = [node.kind for node in lab.nodes.values()] if lab else [Kind.FRR] * 6
    memory = SUPERVISOR[0] + sum(NODES[kind][0] for kind in kinds)
    cpu = SUPERVISOR[1] + sum(NODES[kind][1] for kind in kinds)
    return Cost(round(memory * WORK), cpu + OUTSIDE, 0.5 + cpu / 2)


def room_of(memory: int) -> Memory:
    """What labs may take in so many bytes: what they are expected to use, and the ceiling of what they may use at most."""
    return Memory(memory, round(memory * settings.LAB_OVERCOMMIT))


class Host(models.Model):
    """The computer on which labs run. Its row is the lock under which they are let in."""

    name = models.CharField(max_length=100, unique=True)
    memory = models.PositiveBigIntegerField()  # bytes that labs may take
    cores = models.FloatField()

    def __str__(self) -> str:
        return f"{self.name}: {self.memory // MB} MB, {self.cores:g} cores"

    @property
    def room(self) -> Memory:
        return room_of(self.memory)

    @classmethod
    def is_here(cls) -> Self:
        """Write down what this computer has; only a process on the engine's computer may say so."""
        facts = {"memory": settings.LAB_MEMORY_MB * MB, "cores": settings.LAB_CORES}
        host, new = cls.objects.get_or_create(name="", defaults=facts)
        if not new:  # written each time: who says so shows that it can write (labs.lifecycle.stalled)
            cls.objects.filter(pk=host.pk).update(**facts)
            host.refresh_from_db()
        return host

    @classmethod
    def known(cls) -> Self:
        return cls.objects.first() or cls.is_here()

    @classmethod
    def locked(cls) -> Self:
        """The row, for this transaction alone. (SQLite: every transaction of ours is alone.)"""
        return cls.objects.select_for_update().first() or cls.is_here()
