"""Weigh what a node can make the kernel keep by requests of its own: sockets' packets and options, and tables that nobody charges.

Measured on Linux 6.18, cgroup v1: corked datagrams 115 MB in 1,920 sockets, IPv6 options 140 MB in 12,000, ipsets 130 MB in half a
second, multicast routes 100 MB in seconds; the lab was charged for 0 to 60 MB of them.
"""

import contextlib
import socket
import struct
from collections.abc import Mapping
from pathlib import Path

from labs.supervisor import conntrack
from labs.supervisor.netlink import attribute, attributes, dump, kernel_socket, messages
from labs.supervisor.network_files import lines, text, unix_sockets
from labs.supervisor.queueing_disciplines import LARGEST

IP_SETS = Path("/sys/module/ip_set")  # there where the kernel has them loaded; asking otherwise would load them

# Sockets. A datagram socket holds a datagram that is not complete (UDP_CORK, MSG_MORE)
OPTIONS = (
    12_288  # bytes of options that a TCP or UDP socket may have: optmem_max of a node, and what the kernel rounds up
)
# Of one that is in no list, as it is bound to no port, or as a program has just made it. None is free: eight of each node would be
# 35 MB in a lab of 20 nodes. A lab that seems to hold too much is weighed twice, and by then new ones are in their list
QUEUED = 212_992 + OPTIONS
# Files that list sockets of other kinds, and the columns of what waits in each (hexadecimal in pairs, otherwise decimal)
LISTED = {"packet": (6,), "netlink": (4, 5), "raw": (4,), "raw6": (4,), "icmp": (4,), "icmp6": (4,)}

# Tables
GET_ROUTE, MULTICAST_ROUTE = 26, 256  # bytes of a multicast route
MULTICAST = (128, 129)  # the families of such routes
# With more of these the node counts as full, as the kernel walks all of them again for each part of a dump
MOST_ROUTES = 16_384
UNRESOLVED, WAITING = 1 << 5, 4  # a flag of rtmsg: up to so many packets wait for a program to say where they go
NETLINK_NETFILTER = 12
LIST_SETS, SET_NEW, SET_PROTOCOL, SET_FLAGS, SET_DATA, SET_BYTES = 0x0607, 0x0602, 1, 6, 7, 26
ONLY_HEADERS = struct.pack(">I", 1 << 2)
LOG_BUFFER = 131_072 + 4096  # of one group of nfnetlink_log


def weigh_files(pid: int, counts: Mapping[str, Mapping[str, int]]) -> int:
    """The bytes that files tell of. COUNTS are of the network's sockets."""
    return _sockets(pid, counts) + _handed_to_programs(pid) + conntrack.weigh_fragments(pid)


def weigh_dumps(pid: int, asking: socket.socket, most: int) -> int:
    """The bytes that the kernel tells of, at least up to a little above MOST. ASKING is a socket for routes."""
    held = _multicast_routes(asking, most)
    if IP_SETS.exists():
        with contextlib.suppress(OSError), kernel_socket(pid, NETLINK_NETFILTER) as sets:
            held += _ip_sets(sets)
    return held


def _sockets(pid: int, counts: Mapping[str, Mapping[str, int]]) -> int:
    used = {name: counts.get(name, {}).get("inuse", 0) for name in ("TCP", "TCP6", "UDP", "UDP6")}
    held = OPTIONS * sum(used.values())
    others = counts.get("sockets", {}).get("used", 0) - sum(used.values())
    if others > 0 and (others := others - unix_sockets(text(pid, "protocols"))) > 0:
        found, waits = _listed(pid)
        held += waits + QUEUED * max(0, others - found)
    if used["UDP"] + used["UDP6"]:
        held += sum(_pair(line.split()[4]) for line in lines(pid, "udp", "udp6") if " tx_queue " not in line)
    return held


def _listed(pid: int) -> tuple[int, int]:
    """The number of packet, netlink, raw and ping sockets that programs have, and the bytes that wait in them."""
    found = waits = 0
    for name, columns in LISTED.items():
        for words in map(str.split, lines(pid, name)[1:]):
            if len(words) > max(columns) and not (name == "netlink" and words[2] == "0"):  # of the kernel
                found += 1
                waits += sum(_pair(words[one]) if ":" in words[one] else int(words[one]) for one in columns)
    return found, waits


def _pair(queues: str) -> int:
    """The bytes that wait to be sent and to be read, from a column of a list of sockets."""
    return sum(int(one, 16) for one in queues.split(":"))


def _handed_to_programs(pid: int) -> int:
    """Packets that wait for the verdict of a program (nfnetlink_queue), and buffers of those that are logged to one."""
    queues = (line.split() for line in lines(pid, "netfilter/nfnetlink_queue"))
    waiting = sum(int(words[2]) for words in queues if len(words) > 2)
    return LARGEST * waiting + LOG_BUFFER * len(lines(pid, "netfilter/nfnetlink_log"))


def _multicast_routes(asking: socket.socket, most: int) -> int:
    """It comes last on its socket, as it may stop in the middle of a dump."""
    many = unresolved = 0
    for family in MULTICAST:
        for received in dump(asking, GET_ROUTE, struct.pack("=B11x", family)):
            there = [body for _, body in messages(received) if len(body) >= 12 and body[0] == family]
            if not there:  # a kernel without such routes answers with others
                return MULTICAST_ROUTE * many + WAITING * LARGEST * unresolved
            many += len(there)
            unresolved += sum(bool(struct.unpack_from("=I", body, 8)[0] & UNRESOLVED) for body in there)
            if many > MOST_ROUTES:
                return most + 1
    return MULTICAST_ROUTE * many + WAITING * LARGEST * unresolved


def _ip_sets(asking: socket.socket) -> int:
    head = struct.pack("=BBH", 0, 0, 0) + attribute(SET_PROTOCOL, b"\6") + attribute(SET_FLAGS | 0x4000, ONLY_HEADERS)
    held = 0
    for received in dump(asking, LIST_SETS, head):
        for kind, body in messages(received):
            if kind in (LIST_SETS, SET_NEW):
                data = dict(attributes(dict(attributes(body[4:])).get(SET_DATA, b"")))
                held += 2 * int.from_bytes(data.get(SET_BYTES, b""))  # the kernel rounds each piece up
    return held
