"""How much memory a lab's container may use at most: its hard limit, which the kernel holds.

Whatever its learner does, a lab takes no more. The limits of all labs that run are held against the computer's memory
(labs.capacity.free_capacity).
"""

from labs.engine.definition.spec import Lab

SUPERVISOR_MEMORY = 96  # MB, beside the nodes' disks
UNMEASURED = 1024  # MB, of a lab that nobody has started yet and whose author says nothing
LEAST = 160  # MB: below it, a few terminals more would fill a small lab
AT_WORK = 1.5  # times what it takes when it has started: tables that grow, and ten terminals on each router


def memory_of(lab: Lab, measured: int = 0) -> int:
    """MB of the container. ``measured``: bytes that it takes when it has started, if that is known.

    What its author asks for stands. Else it is what was measured, with room for work and for one node whose disk is full.
    """
    most = max(lab.limits.memory or UNMEASURED, len(lab.nodes) * lab.limits.disk + SUPERVISOR_MEMORY)
    if lab.limits.memory or not measured:
        return most
    return min(most, max(LEAST, round(AT_WORK * measured / (1 << 20)) + lab.limits.disk))
