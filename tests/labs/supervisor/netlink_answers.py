"""Netlink messages as the kernel answers, for the tests of what reads them."""

import struct

from labs.supervisor import queueing_disciplines
from labs.supervisor.netlink import attribute

NUMBER = 77  # of each dump


def message(kind, body, number=NUMBER):
    packed = struct.pack("=IHHII", 16 + len(body), kind, 2, number, 0) + body
    return packed + bytes(-len(packed) % 4)


DONE = message(3, bytes(4))


def qdisc(interface, parent=queueing_disciplines.ROOT, kind=b"pfifo", backlog=0, length=0, options=b"", more=b""):
    """Return the part of a dump that tells of a queueing discipline."""
    head = struct.pack("=BxxxiIII", 0, interface, 0x10000, parent, 2)
    statistics = bytes(queueing_disciplines.LENGTH_BACKLOG) + struct.pack("=II", length, backlog)
    return message(36, head + attribute(1, kind + b"\0") + attribute(2, options) + attribute(3, statistics) + more)
