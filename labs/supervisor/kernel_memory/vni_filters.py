"""Weigh the VNIs of VXLAN interfaces that filter them (``bridge vni``, since Linux 5.18), which are charged to nobody.

One netlink request may add all 16,777,215, and nothing can stop the kernel meanwhile (docs/threat-model.md).
"""

import os
import socket
import struct
import sys
from collections.abc import Mapping

from labs.supervisor.netlink import attributes, dump, messages

# rtnetlink(7), linux/if_link.h: the kernel tells of VNIs in ranges
GET_TUNNEL, NEW_TUNNEL, HEAD = 122, 120, struct.pack("=BBHI", 7, 0, 0, 0)
ENTRY, START, END = 1, 1, 2
# Bytes of a VNI. The kernel counts its packets for each CPU (measured on Linux 6.18, two CPUs: 250 to 400)
VNI, OF_CPU = 256, 64


def weigh(asking: socket.socket, most: int) -> int:
    """The bytes of all VNIs of a node, at least up to a little above MOST."""
    each, held = VNI + OF_CPU * (os.cpu_count() or 1), 0
    for received in dump(asking, GET_TUNNEL, HEAD):
        for kind, body in messages(received):
            for number, entry in attributes(body[len(HEAD) :]) if kind == NEW_TUNNEL else ():
                if number == ENTRY:
                    held += each * _many(dict(attributes(entry)))
        if held > most:
            break
    return held


def _many(told: Mapping[int, bytes]) -> int:
    """The number of VNIs of a range. One of a single VNI has no end."""
    first, last = told.get(START, b""), told.get(END, b"")
    if len(first) != 4 or len(last) != 4:
        return 1
    begin, end = (int.from_bytes(one, sys.byteorder) for one in (first, last))
    return max(1, end - begin + 1)
