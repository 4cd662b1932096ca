"""Weigh next hops (``ip nexthop``) and their groups, which are charged to nobody.

A resilient group keeps a table of up to 65,535 buckets: 2 MB in one line of a dump (measured on Linux 6.18: 121 MB in 60 groups).
"""

import socket
import struct
from collections.abc import Mapping

from labs.supervisor.netlink import Unfinished, attributes, dump, messages

# rtnetlink(7), linux/nexthop.h
GET_NEXT_HOP, NEW_NEXT_HOP, HEAD = 106, 104, struct.pack("=BBBxI", 0, 0, 0, 0)
GROUP, RESILIENT, BUCKETS = 2, 12, 1
NEXT_HOP, MEMBER, BUCKET = 448, 256, 32  # bytes
MEMBER_IN_DUMP = 8  # bytes
LONG, ENCAPSULATION = 128, 2  # of a message in bytes: one with a list of segments; bytes of memory for each byte of it


def weigh(asking: socket.socket, most: int) -> int:
    """The bytes of all next hops, at least up to a little above MOST.

    The kernel ends a dump at a group that fits into no message, with some 4,000 members, and hides all that follow. Such a node
    counts as full.
    """
    held = 0
    try:
        for received in dump(asking, GET_NEXT_HOP, HEAD):
            for kind, body in messages(received):
                if kind == NEW_NEXT_HOP and body:
                    # Only groups have no address family. Others are not parsed, as there may be 90,000
                    more = ENCAPSULATION * len(body) if len(body) > LONG else 0
                    held += NEXT_HOP + (more if body[0] else _of_group(dict(attributes(body[len(HEAD) :]))))
            if held > most:
                break
    except Unfinished:
        return most + 1
    return held


def _of_group(told: Mapping[int, bytes]) -> int:
    """The bytes of a group beside those of a next hop."""
    buckets = dict(attributes(told.get(RESILIENT, b""))).get(BUCKETS, b"")
    members = len(told.get(GROUP, b"")) // MEMBER_IN_DUMP
    return MEMBER * members + BUCKET * (struct.unpack("=H", buckets)[0] if len(buckets) == 2 else 0)
