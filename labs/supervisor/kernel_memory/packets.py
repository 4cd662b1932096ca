"""Weigh what packets make the kernel keep for a node: connections, sockets that no program has, sets that rules fill.

The kernel allocates these while it handles a packet, and then it charges nobody (measured on Linux 6.18: 480,000 elements of a set
and 262,000 tracked connections, and not a byte of the lab's limit).
"""

import contextlib
import errno
import socket
import struct
from collections.abc import Iterator, Mapping

from labs.supervisor import netlink
from labs.supervisor.conntrack import tracked_connections
from labs.supervisor.network_files import text

# Bytes of one, as large as it can become
TRACKED = 512  # a connection of conntrack: 256, and as much for its extensions
SOCKET, CLOSING, REQUESTED = 3072, 288, 320  # of TCP: connected, in TIME-WAIT, and asked for by a SYN
OF_DUMP = 8  # bytes of memory for each byte of a dump of groups or elements, at most

# sock_diag(7): a dump of the requests for connections. Nobody has more of them than TCP segments, so that few nodes are asked
NETLINK_SOCK_DIAG, NETLINK_NETFILTER = 4, 12
BY_FAMILY, SYN_RECEIVED = 20, 1 << 3
MANY_SEGMENTS = 16_384

# rtnetlink(7): the multicast groups of the node's bridges
GET_GROUPS, GROUPS = 86, struct.pack("=BxxxI", 7, 0)

# nf_tables: a set whose elements come from packets has no list of its own, so all that may change are counted
GET_SET, NEW_SET, GET_ELEMENTS = 0x0A0A, 0x0A09, 0x0A0D
FAMILY = struct.Struct("=BBH")  # nfgenmsg: family, version, resource
SET_TABLE, SET_NAME, SET_FLAGS, SET_DESCRIPTION, SET_SIZE, CONSTANT = 1, 2, 3, 9, 1, 2
# The kernel makes room for this many elements at most when a set is made, four places for three elements, in powers of two. Two
# pointers of 8 bytes for each place: 120 empty sets held 240 MB
MOST_ELEMENTS, PLACE = 65_535, 16
LIST_TABLE, LIST_SET = 1, 2
MOST_SETS = 256  # of a node that may change. With more, the node counts as full: each look would take too long


def weigh_files(pid: int, counts: Mapping[str, Mapping[str, int]]) -> int:
    """The bytes that files tell of. COUNTS are of the network's sockets."""
    tcp, tcp6 = counts.get("TCP", {}), counts.get("TCP6", {})
    held = TRACKED * tracked_connections(pid) + CLOSING * tcp.get("tw", 0)
    return held + SOCKET * (tcp.get("inuse", 0) + tcp6.get("inuse", 0))


def weigh_dumps(pid: int, asking: socket.socket, most: int) -> int:
    """The bytes that the kernel tells of, at least up to a little above MOST. ASKING is a socket for routes."""
    held = OF_DUMP * netlink.count_bytes(asking, GET_GROUPS, GROUPS, most // OF_DUMP)
    for part in (_requests, _sets):
        try:
            held += part(pid, most)
        except OSError as error:
            if error.errno != errno.EPROTONOSUPPORT:  # a kernel without nf_tables has no sets
                raise
    return held


def _requests(pid: int, most: int) -> int:
    """Return the memory of connections that have been asked for."""
    held = 0
    if _segments(text(pid, "snmp")) > MANY_SEGMENTS:
        for family in (socket.AF_INET, socket.AF_INET6):
            head = struct.pack("=BBBxI48x", family, socket.IPPROTO_TCP, 0, SYN_RECEIVED)
            with netlink.kernel_socket(pid, NETLINK_SOCK_DIAG) as asking:
                held += REQUESTED * netlink.count_entries(asking, BY_FAMILY, head, most // REQUESTED)
    return held


def _sets(pid: int, most: int) -> int:
    """Return the memory of the elements of sets."""
    with netlink.kernel_socket(pid, NETLINK_NETFILTER) as asking:
        found = [
            one for received in netlink.dump(asking, GET_SET, FAMILY.pack(0, 0, 0)) for one in changing_sets(received)
        ]
    held = sum(empty for *_, empty in found)
    if len(found) > MOST_SETS or held > most:
        return most + 1
    for family, table, name, _ in found:
        head = FAMILY.pack(family, 0, 0) + netlink.attribute(LIST_TABLE, table) + netlink.attribute(LIST_SET, name)
        with netlink.kernel_socket(pid, NETLINK_NETFILTER) as asking:
            held += OF_DUMP * netlink.count_bytes(asking, GET_ELEMENTS, head, (most - held) // OF_DUMP)
        if held > most:
            break
    return held


def changing_sets(received: bytes) -> Iterator[tuple[int, bytes, bytes, int]]:
    """Each set of a dump whose elements may change: family, table and name, both with their zero byte, and its bytes when empty."""
    for kind, body in netlink.messages(received):
        if kind == NEW_SET and len(body) >= FAMILY.size:
            found = dict(netlink.attributes(body[FAMILY.size :]))
            flags = int.from_bytes(found.get(SET_FLAGS, b""))
            if not flags & CONSTANT and SET_TABLE in found and SET_NAME in found:
                yield body[0], found[SET_TABLE], found[SET_NAME], _empty(found.get(SET_DESCRIPTION, b""))


def _empty(description: bytes) -> int:
    """The bytes of a set without elements, by the size that it was made for."""
    size = int.from_bytes(dict(netlink.attributes(description)).get(SET_SIZE, b""))
    return PLACE << (4 * min(size, MOST_ELEMENTS) // 3).bit_length() if size else 0


def _segments(snmp: str) -> int:
    """The TCP segments that a network has received."""
    names, values = ([line.split() for line in snmp.splitlines() if line.startswith("Tcp:")] + [[], []])[:2]
    with contextlib.suppress(ValueError):
        return int(dict(zip(names, values, strict=False)).get("InSegs", "0"))
    return 0
