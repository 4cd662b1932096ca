"""The guard of kernel memory that no limit counts: queued packets, fragments, neighbours, forwarding entries.

The guard weighs the nodes while the lab uses CPU, because nothing grows without CPU. When a lab holds too much, the guard ends the
node that holds most, as the kernel ends a program when memory is full. The kernel then frees all that is in that node's network.
"""

import asyncio
import contextlib
import os
import signal
import socket
import struct
import time
import traceback
from collections.abc import Callable, Iterator

from labs.supervisor import syscalls
from labs.supervisor.lab import Lab
from labs.supervisor.netlink import attributes, messages
from labs.supervisor.node import NodeSpace
from labs.supervisor.resource_use import used_cpu

MOST = 48 << 20  # bytes, of all nodes together
TICK = 0.5  # seconds
END_SECONDS = 5.0
CPU_OF_BYTE = 0.6  # nanoseconds of CPU that it takes, at least, to put one more byte into the kernel: 10 ms for 16 MB
WHY = "it used more kernel memory than a lab may"

# rtnetlink(7). For each table: the message that dumps it, the header of that message, and the bytes of one entry, which are not
# charged to the lab.
DELETE_QDISC, GET_QDISC, GET_NEIGHBOUR, GET_NEXTHOP = 37, 38, 30, 106
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
GET_LINK, GET_CLASS, TXQLEN, KIND, OPTIONS, FLOWS, MANY = 18, 42, 13, 1, 2, 5, 1024
PACKET = 1024  # the least bytes that a queued packet takes
REQUEST, DUMP, ERROR, DONE = 1, 0x300, 2, 3
ROOT, STATISTICS, LENGTH_BACKLOG = 0xFFFFFFFF, 3, 28  # where tc_stats has qlen and backlog
PIECE = 1 << 16


async def guard(lab: Lab, forget: Callable[[str], None]) -> None:
    """Guard a lab as long as it runs. FORGET gets the name of each ended node, as our sockets would keep its network alive."""
    weigh_at = 0.0
    while True:
        await asyncio.sleep(TICK)
        used = used_cpu()
        if used >= weigh_at:
            weigh_at = used
            try:
                held = held_by_nodes(lab)
                weigh_at += enough_cpu(held)
                if name := too_much(held):
                    forget(name)
                    await _end(lab.space(name))
            except Exception:  # the top of a task; the next weighing may succeed
                traceback.print_exc()


def held_by_nodes(lab: Lab) -> dict[str, int]:
    """The bytes that each node of a lab holds. It takes 0.4 ms of CPU for each node."""
    held = {}
    for name in lab.names():
        space = lab.space(name)
        with contextlib.suppress(OSError):  # the node has ended
            held[name] = weigh(space)
    return held


def too_much(held: dict[str, int]) -> str:
    """The name of the node that holds most, if all together hold too much; otherwise an empty text."""
    return max(held, key=lambda one: held[one]) if sum(held.values()) > MOST else ""


def enough_cpu(held: dict[str, int]) -> float:
    """The nanoseconds of CPU that the lab must use before it can hold too much: until then there is no need to weigh."""
    return max(0, MOST - sum(held.values())) * CPU_OF_BYTE


async def _end(space: NodeSpace) -> None:
    """End a node and free its network.

    A queued packet keeps its socket alive, and the socket keeps the network. So the queues are deleted first.
    """
    space.why = WHY
    with syscalls.netlink_socket(space.pid) as asking:
        asking.settimeout(1)
        os.kill(space.pid, signal.SIGKILL)
        until = time.monotonic() + END_SECONDS
        while space.up and time.monotonic() < until:
            await asyncio.sleep(TICK / 10)
        for interface in dict(queued_bytes(asking)):
            head = struct.pack("=BxxxiIII", 0, interface, 0, ROOT, 0)
            asking.send(struct.pack("=IHHII", 16 + len(head), DELETE_QDISC, REQUEST, 0, 0) + head)


def weigh(space: NodeSpace) -> int:
    """The bytes that a node holds and that are not charged to the lab. Counting stops once it is too much in any case."""
    held = _pieces(space) + _routes(space)
    with syscalls.netlink_socket(space.pid) as asking:
        asking.settimeout(1)
        held += sum(held for _, held in queued_bytes(asking)) + discipline_bytes(asking)
        for kind, head, size in TABLES:
            held += count_entries(asking, kind, head, MOST // size) * size
    return held


def queued_bytes(asking: socket.socket) -> Iterator[tuple[int, int]]:
    """Each interface with a queue, and the queued bytes. The root discipline includes the bytes of its classes."""
    for received in _dump(asking, GET_QDISC, bytes(20)):
        for kind, body in messages(received):
            if kind == GET_QDISC - 2 and struct.unpack_from("=I", body, 12)[0] == ROOT:
                statistics = dict(attributes(body[20:])).get(STATISTICS, b"")
                if len(statistics) >= LENGTH_BACKLOG + 8:
                    length, backlog = struct.unpack_from("=II", statistics, LENGTH_BACKLOG)
                    yield struct.unpack_from("=i", body, 4)[0], max(backlog, length * PACKET)


def discipline_bytes(asking: socket.socket) -> int:
    """The bytes that queueing disciplines and their classes take, apart from queued packets."""
    held, there = 0, list[tuple[int, bytes, bytes]]()
    for received in _dump(asking, GET_QDISC, bytes(20)):
        for kind, body in messages(received):
            if kind == GET_QDISC - 2:
                found = dict(attributes(body[20:]))
                name = found.get(KIND, b"").rstrip(b"\0")
                there.append((struct.unpack_from("=i", body, 4)[0], name, found.get(OPTIONS, b"")))
    lengths = _queue_lengths(asking) if any(name == b"pfifo_fast" for _, name, _ in there) else {}
    for interface, name, options in there:
        held += DISCIPLINE + (LARGE if name in LARGE_DISCIPLINES else 0)
        if name == b"pfifo_fast":
            held += PLACE * lengths.get(interface, 0)
        elif name == b"fq_codel":
            flows = dict(attributes(options)).get(FLOWS, b"")
            held += FLOW * (struct.unpack("=I", flows)[0] if len(flows) == 4 else MANY)
    for interface in {interface for interface, name, _ in there if name != b"noqueue"}:
        head = struct.pack("=BxxxiIII", 0, interface, 0, 0, 0)
        held += count_entries(asking, GET_CLASS, head, MOST // CLASS) * CLASS
    return held


def _queue_lengths(asking: socket.socket) -> dict[int, int]:
    """The length of each interface's queue in packets (txqueuelen)."""
    found = {}
    for received in _dump(asking, GET_LINK, bytes(16)):
        for kind, body in messages(received):
            if kind == GET_LINK - 2:
                length = dict(attributes(body[16:])).get(TXQLEN, b"")
                found[struct.unpack_from("=i", body, 4)[0]] = struct.unpack("=I", length)[0] if len(length) == 4 else 0
    return found


def count_entries(asking: socket.socket, kind: int, head: bytes, most: int) -> int:
    """The approximate number of entries of a table, by the length of the first one. Counting stops a little above MOST."""
    size, length = 0, 0
    for received in _dump(asking, kind, head):
        if not length:
            length = struct.unpack_from("=I", received)[0]
        size += len(received)
        if size > most * length:
            break
    return size // length if length else 0


def _dump(asking: socket.socket, kind: int, head: bytes) -> Iterator[bytes]:
    """The datagrams of one dump. A caller that stops early must send nothing else on this socket."""
    number = time.monotonic_ns() & 0xFFFFFFFF
    asking.send(struct.pack("=IHHII", 16 + len(head), kind, REQUEST | DUMP, number, 0) + head)
    while True:
        received = asking.recv(PIECE)
        if len(received) < 16 or struct.unpack_from("=H", received, 4)[0] in (ERROR, DONE):
            return
        if struct.unpack_from("=I", received, 8)[0] == number:
            yield received
            if any(one == DONE for one, _ in messages(received)):
                return


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
