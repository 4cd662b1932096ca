"""The memory limit of a lab's container, which the kernel enforces.

Whatever the learner does, the lab cannot use more. labs.capacity.free_capacity compares the limits of all running labs with the
machine's memory.
"""

from labs.engine.definition.spec import Lab

SUPERVISOR_MEMORY = 96  # MB, in addition to the nodes' disks
UNMEASURED = 1024  # MB, of a lab that was never started here and whose author set no limit
LEAST = 160  # MB: with less, a few more terminals would fill a small lab
BESIDE = 64  # MB of kernel memory that a lab may hold beside its limit, until its guard acts (docs/threat-model.md)
AT_WORK = 1.5  # times the memory after the start: for tables that grow, and ten terminals on each router


def memory_limit_mb(lab: Lab, measured: int = 0) -> int:
    """Return the container's limit in MB. ``measured`` is the memory in bytes after the start, or 0 if it is not known.

    The author's limit has priority. Otherwise the limit is the measured memory, with a reserve for work and for one full disk.
    """
    most = max(lab.limits.memory or UNMEASURED, len(lab.nodes) * lab.limits.disk + SUPERVISOR_MEMORY)
    if lab.limits.memory or not measured:
        return most
    return min(most, max(LEAST, round(AT_WORK * measured / (1 << 20)) + lab.limits.disk))
