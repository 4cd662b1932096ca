"""Weigh the table of MPLS labels and its routes (``ip -f mpls route``), which are charged to nobody."""

import contextlib
import struct
from pathlib import Path

from labs.supervisor import syscalls
from labs.supervisor.netlink import dump, kernel_socket, messages

LABELS = Path("/proc/sys/net/mpls/platform_labels")
PLACE = 8  # bytes of each label that the table has room for; there may be 1,048,576
# rtnetlink(7). The kernel tells of a next hop in 16 bytes or more, and keeps 64 to 100 of it
AF_MPLS, GET_ROUTE, NEW_ROUTE = 28, 26, 24
ROUTE, OF_MESSAGE = 256, 4  # bytes, and bytes of memory for each byte of its message


def weigh(pid: int, most: int) -> int:
    """The bytes that the network of PID holds for MPLS, at least up to a little above MOST."""
    held = PLACE * _labels(pid)
    if held:  # otherwise MPLS is off, and there are no routes
        with kernel_socket(pid) as asking:
            for received in dump(asking, GET_ROUTE, struct.pack("=B11x", AF_MPLS)):
                held += sum(ROUTE + OF_MESSAGE * len(body) for kind, body in messages(received) if kind == NEW_ROUTE)
                if held > most:
                    break
    return held


def _labels(pid: int) -> int:
    """The number of labels that the table has room for."""
    with contextlib.suppress(OSError, ValueError), syscalls.network_of(pid):
        return int(LABELS.read_text())
    return 0
