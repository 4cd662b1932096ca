"""The capacity of this server for a workshop: how many of its seats can start each of its labs in the same second."""

from collections.abc import Sequence
from dataclasses import dataclass

from labs.capacity import fits
from labs.capacity.fits import Fit
from labs.models import Host
from labs.registry import versions
from vaka.workshops.models import Workshop


@dataclass(frozen=True, slots=True)
class WorkshopCapacity:
    """The number of seats that this host can carry, for each lab. ``missing`` are labs that this site does not have."""

    host: Host
    labs: Sequence[Fit]
    missing: Sequence[str]

    @property
    def all_fit(self) -> bool:
        return bool(self.labs) and not self.missing and all(fit.fits for fit in self.labs)


def capacity_for(workshop: Workshop) -> WorkshopCapacity:
    """The capacity for each lab of the workshop, if all its seats start it in the same second."""
    known = {lab.id: lab for lab in versions.all_labs()}
    wanted = workshop.labs
    found = fits.fits([known[lab] for lab in wanted if lab in known], workshop.seat_count)
    return WorkshopCapacity(Host.known(), found, [lab for lab in wanted if lab not in known])
