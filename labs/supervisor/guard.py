"""What a node holds in the kernel and no limit counts: packets that queue, pieces of packets, neighbours, forwarding entries.

It is looked at while the lab uses CPU, for without CPU nothing grows. A lab that holds too much loses the node that holds most, as
a program is ended when memory is full: the kernel lets go what belonged to the node's network.
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

MOST = 48 << 20  # bytes, of all nodes
TICK = 0.5  # seconds
END_SECONDS = 5.0
BUSY = 10_000_000  # nanoseconds of CPU after which a look is due: time for 16 MB. A look takes 0.4 ms a node
WHY = "it held more memory of the kernel than a lab may"

# rtnetlink(7). Each table is asked for by a message and a head, and an entry takes so many bytes that are not charged to the lab.
DELETE_QDISC, GET_QDISC, GET_NEIGHBOUR, GET_NEXTHOP = 37, 38, 30, 106
NEIGHBOURS, PROXIES, FORWARDING = (
    struct.pack("=BxxxiHBB", *head) for head in ((0, 0, 0, 0, 0), (0, 0, 0, 8, 0), (7, 0, 0, 0, 0))
)
NEXTHOPS = struct.pack("=BBBxI", 0, 0, 0, 0)
TABLES = (
    (GET_NEIGHBOUR, NEIGHBOURS, 1536),  # 512, and they count in a table of the whole machine: a quarter of it, in a lab
    (GET_NEIGHBOUR, PROXIES, 448),
    (GET_NEIGHBOUR, FORWARDING, 256),
    (GET_NEXTHOP, NEXTHOPS, 448),
)
ROUTE6 = 448  # bytes
# What a queueing discipline takes by being there, in bytes (measured, Linux 6.18; the large ones as they may be set)
DISCIPLINE, CLASS, FLOW, PLACE = (
    4096,
    3400,
    72,
    24,
)  # any; a class; of fq_codel; for each packet of pfifo_fast's three rings
LARGE_DISCIPLINES = {b"cake", b"choke", b"fq", b"fq_pie", b"hhf", b"sfb", b"sfq"}
LARGE = 4 << 20
GET_LINK, GET_CLASS, TXQLEN, KIND, OPTIONS, FLOWS, MANY = 18, 42, 13, 1, 2, 5, 1024
PACKET = 1024  # bytes that a queued packet takes at least
REQUEST, DUMP, ERROR, DONE = 1, 0x300, 2, 3
ROOT, STATISTICS, LENGTH_BACKLOG = 0xFFFFFFFF, 3, 28  # tc_stats(.): qlen and backlog stand there
PIECE = 1 << 16


async def guard(lab: Lab, forget: Callable[[str], None]) -> None:
    """Look as long as the lab runs. FORGET is told the node that ends: a socket of ours would keep its network alive."""
    looked_at = 0
    while True:
        await asyncio.sleep(TICK)
        used = used_cpu()
        if used - looked_at >= BUSY:
            looked_at = used
            try:
                if name := too_much(lab):
                    forget(name)
                    await _end(lab.space(name))
            except Exception:  # the top of a task; the next look may go well
                traceback.print_exc()


def too_much(lab: Lab) -> str:
    """The node that holds most, if all together hold too much."""
    held = {}
    for name in lab.names():
        space = lab.space(name)
        with contextlib.suppress(OSError):  # its init has ended
            held[name] = weigh(space)
    return max(held, key=lambda one: held[one]) if sum(held.values()) > MOST else ""


async def _end(space: NodeSpace) -> None:
    """A queued packet holds its socket, and that the network: the queues go by themselves, and all else with the network."""
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
    """Bytes that a node holds, as far as they are not charged to the lab. Counting ends where it is too much anyhow."""
    held = _pieces(space) + _routes(space)
    with syscalls.netlink_socket(space.pid) as asking:
        asking.settimeout(1)
        held += sum(held for _, held in queued_bytes(asking)) + discipline_bytes(asking)
        for kind, head, size in TABLES:
            held += count_entries(asking, kind, head, MOST // size) * size
    return held


def queued_bytes(asking: socket.socket) -> Iterator[tuple[int, int]]:
    """Each interface that has a queue, and the bytes in it. That of a qdisc with classes has theirs in it."""
    for received in _dump(asking, GET_QDISC, bytes(20)):
        for kind, body in messages(received):
            if kind == GET_QDISC - 2 and struct.unpack_from("=I", body, 12)[0] == ROOT:
                statistics = dict(attributes(body[20:])).get(STATISTICS, b"")
                if len(statistics) >= LENGTH_BACKLOG + 8:
                    length, backlog = struct.unpack_from("=II", statistics, LENGTH_BACKLOG)
                    yield struct.unpack_from("=i", body, 4)[0], max(backlog, length * PACKET)


def discipline_bytes(asking: socket.socket) -> int:
    """Bytes that queueing disciplines and their classes take, full or empty."""
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
    """How many packets the queue of each interface may have (txqueuelen)."""
    found = {}
    for received in _dump(asking, GET_LINK, bytes(16)):
        for kind, body in messages(received):
            if kind == GET_LINK - 2:
                length = dict(attributes(body[16:])).get(TXQLEN, b"")
                found[struct.unpack_from("=i", body, 4)[0]] = struct.unpack("=I", length)[0] if len(length) == 4 else 0
    return found


def count_entries(asking: socket.socket, kind: int, head: bytes, most: int) -> int:
    """How many entries a table has, about: by the length of the first. No more than a few above MOST."""
    size, length = 0, 0
    for received in _dump(asking, kind, head):
        if not length:
            length = struct.unpack_from("=I", received)[0]
        size += len(received)
        if size > most * length:
            break
    return size // length if length else 0


def _dump(asking: socket.socket, kind: int, head: bytes) -> Iterator[bytes]:
    """The answers to one question. Whoever reads on no further must ask nothing else on this socket."""
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
    """Bytes of fragments that wait for the rest of their packets."""
    held = 0
    for name, kind in (("sockstat", "FRAG:"), ("sockstat6", "FRAG6:")):
        with open(f"/proc/{space.pid}/net/{name}") as file:
            held += sum(int(line.split()[4]) for line in file if line.startswith(kind))
    return held


def _routes(space: NodeSpace) -> int:
    with contextlib.suppress(OSError, IndexError, ValueError), open(f"/proc/{space.pid}/net/rt6_stats") as file:
        return int(file.read(200).split()[3], 16) * ROUTE6
    return 0
