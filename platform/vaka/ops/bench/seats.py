"""Seats of each shipped lab in a computer of 16 GB: each is started once and weighed, as the site does it."""

from collections.abc import Iterator

from labs.costs import MB, LabCost
from labs.engine.spec import Lab
from labs.fits import seats_in
from labs.published import all_labs
from vaka import machine
from vaka.ops.bench.stand import Stand

SIXTEEN_GB = 16 * 1024  # MB


def seats_of_all(stand: Stand) -> Iterator[tuple[Lab, int]]:
    room = (SIXTEEN_GB - machine.reserve_mb(SIXTEEN_GB)) * MB
    for lab in all_labs():
        with stand.bench.running(lab) as session:
            used = stand.engine.usage(session.session)
        LabCost.measured(lab, memory=used.memory, cpu=used.cpu, seconds=1.0)
        yield lab, seats_in(room, lab)
