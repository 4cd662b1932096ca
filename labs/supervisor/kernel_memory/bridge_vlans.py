"""Weigh the VLANs of bridges and of their ports (``bridge vlan``), which are charged to nobody."""

import os
import socket
import struct
from collections.abc import Iterator

from labs.supervisor.netlink import attribute, attributes, dump, messages

# rtnetlink(7), linux/if_bridge.h: the kernel tells of VLANs with the same flags in ranges
GET_LINK, NEW_LINK, HEAD = 18, 16, struct.pack("=B15x", socket.AF_BRIDGE)
FILTER_MASK, IN_RANGES, OF_FAMILY = 29, struct.pack("=I", 1 << 2), 26
VLAN_INFO, RANGE_BEGIN, RANGE_END = 2, 1 << 3, 1 << 4
# Bytes of a VLAN. The kernel may count its packets for each CPU
VLAN, OF_CPU = 256, 64


def weigh(asking: socket.socket, most: int) -> int:
    """The bytes of all VLANs of a node's bridges, at least up to a little above MOST."""
    each, held = VLAN + OF_CPU * (os.cpu_count() or 1), 0
    for received in dump(asking, GET_LINK, HEAD + attribute(FILTER_MASK, IN_RANGES)):
        for kind, body in messages(received):
            if kind == NEW_LINK:
                held += each * sum(_many(dict(attributes(body[len(HEAD) :])).get(OF_FAMILY, b"")))
        if held > most:
            break
    return held


def _many(of_family: bytes) -> Iterator[int]:
    """The number of VLANs of each range of a port. A VLAN alone is a range of one."""
    begin = 0
    for number, told in attributes(of_family):
        if number == VLAN_INFO and len(told) == 4:
            flags, vid = struct.unpack("=HH", told)
            if flags & RANGE_BEGIN:
                begin = vid
            else:
                yield max(1, vid - begin + 1) if flags & RANGE_END else 1
