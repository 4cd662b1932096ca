"""Computes how many seats of each shipped lab fit on a machine with 16 GB. Each lab is started and measured once."""

from collections.abc import Iterator

from labs.capacity.fits import seats_in
from labs.engine.definition.spec import Lab
from labs.models import LabCost
from labs.models.host import MB
from labs.registry.versions import all_labs
from rigs.bench.bench_site import BenchSite
from vaka import machine

SIXTEEN_GB = 16 * 1024  # MB


def seats_of_all(site: BenchSite) -> Iterator[tuple[Lab, int]]:
    room = (SIXTEEN_GB - machine.reserve_mb(SIXTEEN_GB)) * MB
    for lab in all_labs():
        with site.bench.running(lab) as session:
            used = site.engine.usage(session.session)
        LabCost.add_start(lab, memory=used.memory, cpu=used.cpu, seconds=1.0)
        yield lab, seats_in(room, lab)
