"""The memory limit of a lab's container, which the kernel enforces.

Whatever the learner does, the lab cannot use more. labs.capacity.free_capacity compares the limits of all running labs with the
machine's memory.
"""

from labs.engine.definition.spec import Lab
from labs.engine.runtime.socket_memory import SOCKET_MEMORY, is_bounded_apart

SUPERVISOR_MEMORY = 96  # MB, in addition to the nodes' disks
UNMEASURED = 1024  # MB, of a lab that was never started here and whose author set no limit
LEAST = 160  # MB: with less, a few more terminals would fill a small lab
# MB of kernel memory that a lab may hold beside its limit until its guard acts (docs/threat-model.md): rings
# (socket_budget.RINGS), and all that the guard weighs (kernel_memory.weighing.MOST)
BESIDE = 64
# With cgroup v1, the kernel takes these KB of each TCP socket past any limit, and a lab may have so many (socket_budget)
STREAM_KB, STREAMS, STREAMS_OF_NODE = 64, 256, 16
AT_WORK = 1.5  # times the memory after the start: for tables that grow, and ten terminals on each router


def beside_mb(nodes: int) -> int:
    """Return the MB of kernel memory that a lab of so many nodes may hold beside its limit on this server.

    With cgroup v1, what TCP and UDP hold is not part of the limit.
    """
    if not is_bounded_apart():
        return BESIDE
    streams = STREAM_KB * (STREAMS + STREAMS_OF_NODE * nodes) >> 10
    return BESIDE + (SOCKET_MEMORY >> 20) + streams


def memory_limit_mb(lab: Lab, measured: int = 0) -> int:
    """Return the container's limit in MB. ``measured`` is the memory in bytes after the start, or 0 if it is not known.

    The author's limit has priority. Otherwise the limit is the measured memory, with a reserve for work and for one full disk.
    """
    most = max(lab.limits.memory or UNMEASURED, len(lab.nodes) * lab.limits.disk + SUPERVISOR_MEMORY)
    if lab.limits.memory or not measured:
        return most
    return min(most, max(LEAST, round(AT_WORK * measured / (1 << 20)) + lab.limits.disk))
