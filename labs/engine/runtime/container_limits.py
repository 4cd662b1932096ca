"""The limits of a lab's container, as the engine's API names them. That of its memory is computed in ``memory_limit``."""

from labs.engine.definition.spec import Lab
from labs.engine.runtime.memory_limit import SUPERVISOR_MEMORY, memory_limit_mb

SUPERVISOR_PROCESSES = 64


def container_limits(lab: Lab | None, memory: int = 0) -> dict[str, int]:
    """Return the limits; without a lab, those of a supervisor alone."""
    memory = memory or (memory_limit_mb(lab) if lab else SUPERVISOR_MEMORY) << 20
    cpus = lab.limits.cpus if lab else 1.0
    processes = processes_of(lab) if lab else SUPERVISOR_PROCESSES
    return {"Memory": memory, "MemorySwap": memory, "NanoCpus": int(cpus * 1e9), "PidsLimit": processes}


def processes_of(lab: Lab) -> int:
    return len(lab.nodes) * lab.limits.processes + SUPERVISOR_PROCESSES
