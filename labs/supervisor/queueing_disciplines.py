"""The queueing disciplines of a network, as the kernel lists them: on which interfaces they are, and what waits in them.

What a learner has set by ``tc`` is saved by ``labs.supervisor.saved_work.traffic_control``.
"""

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from labs.supervisor.netlink import attributes, dump, messages

# rtnetlink(7)
GET_QDISC, KIND, OPTIONS, STATISTICS, SIZE_TABLE = 38, 1, 2, 3, 8
ROOT, LENGTH_BACKLOG = 0xFFFFFFFF, 28  # where tc_stats has qlen and backlog
# The least bytes that a queued packet takes, and the most. Where a size table (stab) makes packets count as more or less than they
# are, each is taken for the largest
PACKET, LARGEST = 1024, 69_632


@dataclass(frozen=True, slots=True)
class Discipline:
    """A queueing discipline: its interface, handle and parent, and the bytes that wait in it and in its classes."""

    interface: int
    handle: int
    parent: int
    kind: bytes
    options: bytes
    queued: int


def disciplines(asking: socket.socket, *, whole: bool = True) -> Iterator[Discipline]:
    """The queueing disciplines of a network. A root discipline includes the bytes of its classes, and only it has any here.

    Raises netlink.Unfinished if the kernel does not tell all, unless WHOLE is false.
    """
    told = [
        (struct.unpack_from("=iII", body, 4), dict(attributes(body[20:])))
        for received in dump(asking, GET_QDISC, bytes(20), whole=whole)
        for kind, body in messages(received)
        if kind == GET_QDISC - 2 and len(body) >= 20
    ]
    resized = {interface for (interface, _, _), found in told if SIZE_TABLE in found}
    for (interface, handle, parent), found in told:
        statistics, queued = found.get(STATISTICS, b""), 0
        if parent == ROOT and len(statistics) >= LENGTH_BACKLOG + 8:
            length, backlog = struct.unpack_from("=II", statistics, LENGTH_BACKLOG)
            queued = max(backlog, length * (LARGEST if interface in resized else PACKET))
        name = found.get(KIND, b"").rstrip(b"\0")
        yield Discipline(interface, handle, parent, name, found.get(OPTIONS, b""), queued)
