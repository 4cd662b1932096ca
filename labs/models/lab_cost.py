"""The measurements of the starts of each lab version. labs.capacity.costs turns this into what a copy will cost."""

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from labs.engine.definition.spec import Lab
from labs.models.host import MB

# Later starts move the means no less than the tenth did, so that a cost follows changes of the machine
REFINED_BY = 10


class LabCost(models.Model):
    """The measurements of one lab version, over its starts on this site."""

    lab = models.CharField(max_length=100)
    lab_version = models.CharField(max_length=12)
    memory = models.PositiveBigIntegerField()  # bytes, when it was ready
    cpu_seconds = models.FloatField()  # of the container, from its start until it was ready
    seconds = models.FloatField()  # of the quickest start: what it takes when nothing else runs
    starts = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["lab"]
        verbose_name = _("cost of a lab")
        verbose_name_plural = _("costs of labs")
        constraints = [models.UniqueConstraint(fields=["lab", "lab_version"], name="labs_one_cost_per_version")]

    def __str__(self) -> str:
        return f"{self.lab}: {self.memory // MB} MB, {self.cpu_seconds:.2f} s of CPU"

    @classmethod
    def add_start(cls, lab: Lab, *, memory: int, cpu: float, seconds: float) -> Self:
        """Add the measurement of one start. Of two at the same moment one may be lost; nothing else happens."""
        measured: dict[str, Any] = {"memory": memory, "cpu_seconds": cpu, "seconds": seconds}
        row, new = cls.objects.get_or_create(lab=lab.id, lab_version=lab.version, defaults=measured)
        if new:
            return row
        row.starts += 1
        part = 1 / min(row.starts, REFINED_BY)
        row.memory += round(part * (memory - row.memory))
        row.cpu_seconds += part * (cpu - row.cpu_seconds)
        row.seconds = min(row.seconds, seconds)
        row.save(update_fields=["starts", "memory", "cpu_seconds", "seconds"])
        return row
