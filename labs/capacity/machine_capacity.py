"""The capacity of this server for labs that run without its site: for proofs, drafts and measurements."""

from django.conf import settings

from labs.capacity.costs import estimate
from labs.engine.proof.parallel import LABS_PER_CORE, Capacity
from labs.models.host import MB


def machine_capacity(labs_per_core: int = LABS_PER_CORE) -> Capacity:
    """Return what this server has for labs."""
    return Capacity(
        settings.LAB_MEMORY_MB * MB, int(settings.LAB_CORES), lambda lab: estimate(lab).memory, labs_per_core
    )
