"""Computes how many seats of each shipped lab fit on a machine with 16 GB, from what each lab used when it was ready."""

from collections.abc import Iterable, Iterator

from labs.capacity.fits import seats_in
from labs.engine.definition.spec import Lab
from labs.engine.runtime.engine_reports import Usage
from labs.models import LabCost
from labs.models.host import MB
from vaka import machine

SIXTEEN_GB = 16 * 1024  # MB


def seats_of(used: Iterable[tuple[Lab, Usage]]) -> Iterator[tuple[Lab, int]]:
    room = (SIXTEEN_GB - machine.reserve_mb(SIXTEEN_GB)) * MB
    for lab, usage in used:
        LabCost.add_start(lab, memory=usage.memory, cpu=usage.cpu, seconds=1.0)
        yield lab, seats_in(room, lab)
