"""Weigh the kernel memory that a node holds and that no limit counts: queues, fragments, tables, and what packets leave behind."""

import contextlib
import socket
import struct
from collections.abc import Iterator

from labs.supervisor import hidden_state, packet_state
from labs.supervisor.netlink import attributes, count_entries, dump, kernel_socket, messages
from labs.supervisor.node import NodeSpace

MOST = 48 << 20  # bytes, of all nodes of a lab together

# rtnetlink(7). For each table: the message that dumps it, the header of that message, and the bytes of one entry, which are not
# charged to the lab.
GET_QDISC, GET_NEIGHBOUR, GET_NEXTHOP = 38, 30, 106
NEIGHBOURS, PROXIES, FORWARDING = (
    struct.pack("=BxxxiHBB", *head) for head in ((0, 0, 0, 0, 0), (0, 0, 0, 8, 0), (7, 0, 0, 0, 0))
)
NEXTHOPS = struct.pack("=BBBxI", 0, 0, 0, 0)
TABLES = (
    (
        GET_NEIGHBOUR,
        NEIGHBOURS,
        1536,
    ),  # 512, weighed three times: all labs share one table, of which a lab may fill a quarter
    (GET_NEIGHBOUR, PROXIES, 448),
    (GET_NEIGHBOUR, FORWARDING, 256),
    (GET_NEXTHOP, NEXTHOPS, 448),
)
ROUTE6 = 448  # bytes
# Bytes that a queueing discipline takes even when it is empty (measured on Linux 6.18; the large ones as they may be configured)
DISCIPLINE, CLASS = 4096, 3400
FLOW = 72  # of fq_codel
PLACE = 24  # for each packet of txqueuelen, in the three rings of pfifo_fast
LARGE_DISCIPLINES = {b"cake", b"choke", b"fq", b"fq_pie", b"hhf", b"sfb", b"sfq"}
LARGE = 4 << 20
HIDDEN = (
    1 << 19,
    16,
)  # packets and queues of an interface that the kernel leaves out of its list, as it has 64 KB of names
GET_LINK, GET_CLASS, TXQLEN, QUEUES, KIND, OPTIONS, FLOWS, MANY = 18, 42, 13, 31, 1, 2, 5, 1024
PACKET = 1024  # the least bytes that a queued packet takes
ROOT, STATISTICS, LENGTH_BACKLOG = 0xFFFFFFFF, 3, 28  # where tc_stats has qlen and backlog


def weigh(space: NodeSpace) -> int:
    """The bytes that a node holds and that are not charged to the lab. Counting stops once it is too much in any case."""
    held = _pieces(space) + _routes(space) + packet_state.weigh(space, MOST) + hidden_state.weigh(space.pid, MOST)
    with kernel_socket(space.pid) as asking:
        held += sum(held for _, held in queued_bytes(asking)) + discipline_bytes(asking)
        for kind, head, size in TABLES:
            held += count_entries(asking, kind, head, MOST // size) * size
    return held


def queued_bytes(asking: socket.socket) -> Iterator[tuple[int, int]]:
    """Each interface with a queue, and the queued bytes. The root discipline includes the bytes of its classes."""
    for received in dump(asking, GET_QDISC, bytes(20)):
        for kind, body in messages(received):
            if kind == GET_QDISC - 2 and struct.unpack_from("=I", body, 12)[0] == ROOT:
                statistics = dict(attributes(body[20:])).get(STATISTICS, b"")
                if len(statistics) >= LENGTH_BACKLOG + 8:
                    length, backlog = struct.unpack_from("=II", statistics, LENGTH_BACKLOG)
                    yield struct.unpack_from("=i", body, 4)[0], max(backlog, length * PACKET)


def discipline_bytes(asking: socket.socket) -> int:
    """The bytes that queueing disciplines and their classes take, apart from queued packets."""
    held, there = 0, list[tuple[int, bytes, bytes]]()
    for received in dump(asking, GET_QDISC, bytes(20)):
        for kind, body in messages(received):
            if kind == GET_QDISC - 2:
                found = dict(attributes(body[20:]))
                name = found.get(KIND, b"").rstrip(b"\0")
                there.append((struct.unpack_from("=i", body, 4)[0], name, found.get(OPTIONS, b"")))
    lengths = _queue_lengths(asking) if any(name in (b"pfifo_fast", b"mq") for _, name, _ in there) else {}
    for interface, name, options in there:
        held += DISCIPLINE + (LARGE if name in LARGE_DISCIPLINES else 0)
        length, queues = lengths.get(interface, HIDDEN)
        if name == b"pfifo_fast":
            held += PLACE * length
        elif name == b"mq":  # it has a pfifo_fast for each queue, and does not list those of queues that are not used
            held += PLACE * length * queues
        elif name == b"fq_codel":
            flows = dict(attributes(options)).get(FLOWS, b"")
            held += FLOW * (struct.unpack("=I", flows)[0] if len(flows) == 4 else MANY)
    for interface in {interface for interface, name, _ in there if name != b"noqueue"}:
        head = struct.pack("=BxxxiIII", 0, interface, 0, 0, 0)
        held += count_entries(asking, GET_CLASS, head, MOST // CLASS) * CLASS
    return held


def _queue_lengths(asking: socket.socket) -> dict[int, tuple[int, int]]:
    """The length of each interface's queue in packets (txqueuelen), and how many such queues it has."""
    found = {}
    for received in dump(asking, GET_LINK, bytes(16)):
        for kind, body in messages(received):
            if kind == GET_LINK - 2:
                told = dict(attributes(body[16:]))
                length, queues = (
                    struct.unpack("=I", told[one])[0] if len(told.get(one, b"")) == 4 else 0 for one in (TXQLEN, QUEUES)
                )
                found[struct.unpack_from("=i", body, 4)[0]] = length, queues
    return found


def _pieces(space: NodeSpace) -> int:
    """The bytes of fragments that wait for the rest of their packet."""
    held = 0
    for name, kind in (("sockstat", "FRAG:"), ("sockstat6", "FRAG6:")):
        with open(f"/proc/{space.pid}/net/{name}") as file:
            held += sum(int(line.split()[4]) for line in file if line.startswith(kind))
    return held


def _routes(space: NodeSpace) -> int:
    with contextlib.suppress(OSError, IndexError, ValueError), open(f"/proc/{space.pid}/net/rt6_stats") as file:
        return int(file.read(200).split()[3], 16) * ROUTE6
    return 0
