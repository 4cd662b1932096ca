"""The guard of kernel memory that no limit counts (labs.supervisor.kernel_memory.weighing).

The guard weighs the nodes while their programs use CPU or their packets move, and after LONGEST in any case. The CPU alone tells
too little, as the kernel handles packets in its own threads, and a packet that goes in a circle needs no program. When a lab holds
too much, the guard ends the node that holds most, as the kernel ends a program when memory is full. The kernel then frees all that
is in that node's network.
"""

import asyncio
import errno
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial

from labs.supervisor import node_teardown
from labs.supervisor.children import in_a_child, own_cpu
from labs.supervisor.kernel_memory import proxied_queues
from labs.supervisor.kernel_memory.weighing import MOST, end_searches, weigh_dumps, weigh_files
from labs.supervisor.lab import Lab
from labs.supervisor.network_files import packet_counts
from labs.supervisor.node import KERNEL_MEMORY
from labs.supervisor.resource_use import used_cpu

TICK = 0.5  # seconds
LONGEST = 2.0  # seconds without a weighing, as not every packet is counted: tc can turn one round before an interface counts it
CPU_OF_BYTE = 0.6  # nanoseconds of CPU that it takes, at least, to put one more byte into the kernel: 10 ms for 16 MB
HIDING = (errno.ENOBUFS, errno.ENOMEM, errno.EMSGSIZE)  # what a node holds does not fit into an answer
BYTES_OF_PACKET = 65_536  # that a packet may leave in the kernel: a rule of nftables or tc can make a hundred of one


async def guard(lab: Lab, forget: Callable[[str], None]) -> None:
    """Guard a lab as long as it runs. FORGET gets the name of each node that is ended, whose terminals end."""
    cpu_due = seen = packets_due = due = proxied_due = 0.0
    while True:
        await asyncio.sleep(TICK)
        try:
            await node_teardown.end(space for space in map(lab.space, lab.names()) if not space.up)
            # With our own work, which puts nothing into the kernel, a quiet lab would be weighed again because it was weighed
            used, now, number = used_cpu() - own_cpu(), time.monotonic(), seen_packets(lab)
            # the number falls when an interface is deleted
            if used >= cpu_due or abs(number - seen) >= packets_due or now >= due:
                seen, due = number, now + LONGEST
                # in a child, as the kernel may let it wait for seconds
                held, in_vain = await in_a_child(partial(_weigh, lab, proxied=now >= proxied_due))
                if in_vain:
                    proxied_due = now + proxied_queues.PAUSE
                if too_much(held):  # where it waits for neighbours, nobody needs to be ended
                    held, _ = await in_a_child(partial(_weigh, lab, empty=True))
                cpu_due = used + enough_cpu(held)
                packets_due = enough_packets(held)
                if name := too_much(held):
                    forget(name)
                    lab.space(name).why = KERNEL_MEMORY
                    await node_teardown.end([lab.space(name)])
        except Exception:  # the top of a task; the next look may succeed
            traceback.print_exc()


def _weigh(lab: Lab, *, empty: bool = False, proxied: bool = False) -> tuple[Mapping[str, int], bool]:
    """The bytes that the nodes hold, and whether it emptied proxied queues in vain."""
    in_vain = False
    try:
        in_vain = proxied and proxied_queues.empty_long(lab.space(name).pid for name in lab.names())
    except Exception:  # whatever a node has made, the weighing is made
        traceback.print_exc()
    return held_by_nodes(lab, empty=empty), in_vain


def held_by_nodes(lab: Lab, *, empty: bool = False) -> dict[str, int]:
    """The bytes that each node of a lab holds. EMPTY: also let searches for neighbours fail.

    Dumps wait for a lock that all networks of the machine share. So nobody is asked for one when the files tell enough.
    """
    held = Counter[str]()
    for weigh in (*([end_searches] if empty else []), weigh_files, weigh_dumps):
        for name in lab.names():
            try:
                held[name] += weigh(lab.space(name).pid)
            except Exception as error:
                # What cannot be weighed counts as full: a node must not hide what it holds
                if not isinstance(error, OSError) or error.errno in HIDING:
                    traceback.print_exc()
                    held[name] += MOST + 1
                # otherwise the node has ended, or others have the lock, and the next look tells
        if too_much(held):
            break
    return held


def too_much(held: Mapping[str, int]) -> str:
    """The name of the node that holds most, if all together hold too much; otherwise an empty text."""
    return max(held, key=lambda one: held[one]) if sum(held.values()) > MOST else ""


def enough_cpu(held: Mapping[str, int]) -> float:
    """The nanoseconds of CPU that the nodes must use before they can hold too much: until then there is no need to weigh."""
    return max(0, MOST - sum(held.values())) * CPU_OF_BYTE


def seen_packets(lab: Lab) -> int:
    """The packets that all interfaces of the nodes have received or sent."""
    return sum(received + sent for name in lab.names() for received, sent in packet_counts(lab.space(name).pid))


def enough_packets(held: Mapping[str, int]) -> float:
    """The packets that the lab must receive or send before it can hold too much."""
    return max(0, MOST - sum(held.values())) / BYTES_OF_PACKET
