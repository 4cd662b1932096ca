"""Weigh what a node can make the kernel keep by requests of its own: sockets' packets and options, and tables that nobody charges.

Measured on Linux 6.18, cgroup v1: corked datagrams 115 MB in 1,920 sockets, IPv6 options 140 MB in 12,000, ipsets 130 MB in half a
second, multicast routes 100 MB in seconds, IPsec policies 104 MB; the lab was charged for 0 to 60 MB of them.
"""

import contextlib
import socket
import struct
import sys
from collections import Counter
from pathlib import Path

from labs.supervisor import syscalls
from labs.supervisor.netlink import attribute, attributes, dump, kernel_socket, messages, send
from labs.supervisor.packet_state import PROCESSES

IP_SETS = Path("/sys/module/ip_set")  # there where the kernel has them loaded; asking otherwise would load them

# Sockets. A datagram socket holds a datagram that is not complete (UDP_CORK, MSG_MORE), and IPv6 options
OPTIONS = 8192  # bytes, of an IPv6 socket
QUEUED = 212_992 + OPTIONS  # of one that is bound to no port, so that its queue is in no list
UNBOUND = 80  # sockets of other kinds that a node may have (labs.supervisor.uncharged)
FEW = 32  # bound sockets whose queues are not worth a look

# Neighbours that do not answer yet: each has a queue, whose limit its node may set
GET_NEIGHBOUR, GET_TABLES, INCOMPLETE = 30, 66, 1
PARAMETERS, INTERFACE, RETRANS, PROBES, PROXY_LENGTH, QUEUE_LENGTH = 6, 1, 5, (9, 10, 11), 14, 16
USUAL_LENGTH, USUAL_TIME = (
    212_992,
    10_000,
)  # bytes of a queue, as the kernel has it; and milliseconds, three times as much
USUAL = 32_768  # bytes of a queue within both: it lasts three seconds, and mostly has one packet of a program that looks around
LARGEST = 69_632  # bytes of one packet, as large as it can become
FEW_PROXIED = 64  # packets for proxied neighbours: the kernel's default

# Tables
GET_ROUTE, MULTICAST_ROUTE = 26, 256  # bytes of a multicast route
MULTICAST = (128, 129)  # the families of such routes
MOST_ROUTES = (
    16_384  # of these. With more, the node counts as full: the kernel walks all of them again for each part of a dump
)
NETLINK_XFRM, NETLINK_NETFILTER = 6, 12
GET_STATES, GET_POLICIES, STATE, POLICY = 0x23, 0x25, 4096, 1024
LIST_SETS, SET_NEW, SET_PROTOCOL, SET_FLAGS, SET_DATA, SET_BYTES = 0x0607, 0x0602, 1, 6, 7, 26
ONLY_HEADERS = struct.pack(">I", 1 << 2)
LOG_BUFFER = 131_072 + 4096  # of one group of nfnetlink_log
FRAGMENTS = 4 << 20  # bytes: the kernel's default of nf_conntrack_frag6_high_thresh, whose use is in no file


def weigh(pid: int, most: int) -> int:
    """The bytes that the network of PID holds, at least up to a little above MOST."""
    held = _sockets(pid) + _handed_to_programs(pid) + _fragments(pid)
    with kernel_socket(pid, socket.NETLINK_ROUTE) as asking:
        held += _neighbour_queues(asking) + _multicast_routes(asking, most)
    if _has_protocol(pid, NETLINK_XFRM):
        with kernel_socket(pid, NETLINK_XFRM) as asking:
            held += STATE * sum(_numbers(asking, GET_STATES)[:1]) + POLICY * sum(_numbers(asking, GET_POLICIES)[:6])
    if IP_SETS.exists():
        with contextlib.suppress(OSError), kernel_socket(pid, NETLINK_NETFILTER) as asking:
            held += _ip_sets(asking)
    return held


def _sockets(pid: int) -> int:
    found = {words[0]: int(words[2]) for line in _lines(pid, "sockstat", "sockstat6") if len(words := line.split()) > 2}
    bound = found.get("UDP:", 0) + found.get("UDP6:", 0)
    held = OPTIONS * (found.get("TCP6:", 0) + found.get("UDP6:", 0))
    unbound = found.get("sockets:", 0) - found.get("TCP:", 0) - found.get("TCP6:", 0) - bound - UNBOUND
    if unbound > 0:
        held += QUEUED * max(0, unbound - len(_lines(pid, "unix")))
    if bound > FEW:
        queues = (line.split()[4] for line in _lines(pid, "udp", "udp6") if " tx_queue " not in line)
        held += sum(int(queue.partition(":")[0], 16) for queue in queues)
    return held


def _handed_to_programs(pid: int) -> int:
    """Packets that wait for the verdict of a program (nfnetlink_queue), and buffers of those that are logged to one."""
    queues = (line.split() for line in _lines(pid, "netfilter/nfnetlink_queue"))
    waiting = sum(int(words[2]) for words in queues if len(words) > 2)
    return LARGEST * waiting + LOG_BUFFER * len(_lines(pid, "netfilter/nfnetlink_log"))


def _fragments(pid: int) -> int:
    """The most that IPv6 fragments may take in conntrack. The kernel does not tell, so a higher limit counts as used."""
    with contextlib.suppress(OSError, ValueError), syscalls.network_of(pid):
        limit = int(Path("/proc/sys/net/netfilter/nf_conntrack_frag6_high_thresh").read_text())
        return max(0, limit - FRAGMENTS)
    return 0


def _neighbour_queues(asking: socket.socket) -> int:
    """The most that packets may take that wait for neighbours. The kernel tells nobody what they do take."""
    limits, held = dict[tuple[int, int], int](), 0
    for received in dump(asking, GET_TABLES, bytes(4)):
        for kind, body in messages(received):
            values = dict(attributes(dict(attributes(body[4:])).get(PARAMETERS, b"")))
            if kind == GET_TABLES - 2 and len(values.get(QUEUE_LENGTH, b"")) == 4:
                length = _number(values[QUEUE_LENGTH])
                time = _number(values.get(RETRANS)) * sum(_number(values.get(one)) for one in PROBES)
                usual = length <= USUAL_LENGTH and time <= USUAL_TIME
                limits[body[0], _number(values.get(INTERFACE))] = min(length, USUAL) if usual else max(length, LARGEST)
                held += LARGEST * max(0, _number(values.get(PROXY_LENGTH)) - FEW_PROXIED)
    waiting = Counter[tuple[int, int]]()
    for received in dump(asking, GET_NEIGHBOUR, bytes(12)):
        for _, body in messages(received):
            if len(body) >= 12 and struct.unpack_from("=H", body, 8)[0] & INCOMPLETE:
                waiting[body[0], struct.unpack_from("=i", body, 4)[0]] += 1
    return held + sum(many * limits.get(one, 0) for one, many in waiting.items())


def _multicast_routes(asking: socket.socket, most: int) -> int:
    """It comes last on its socket, as it may stop in the middle of a dump."""
    many = 0
    for family in MULTICAST:
        for received in dump(asking, GET_ROUTE, struct.pack("=B11x", family)):
            there = sum(bool(body) and body[0] == family for _, body in messages(received))
            if not there:  # a kernel without such routes answers with others
                return MULTICAST_ROUTE * many
            many += there
            if many > MOST_ROUTES:
                return most + 1
    return MULTICAST_ROUTE * many


def _ip_sets(asking: socket.socket) -> int:
    head = struct.pack("=BBH", 0, 0, 0) + attribute(SET_PROTOCOL, b"\6") + attribute(SET_FLAGS | 0x4000, ONLY_HEADERS)
    held = 0
    for received in dump(asking, LIST_SETS, head):
        for kind, body in messages(received):
            if kind in (LIST_SETS, SET_NEW):
                data = dict(attributes(dict(attributes(body[4:])).get(SET_DATA, b"")))
                held += 2 * int.from_bytes(data.get(SET_BYTES, b""))  # the kernel rounds each piece up
    return held


def _numbers(asking: socket.socket, kind: int) -> tuple[int, ...]:
    """The numbers of the first attribute in the answer to a question about IPsec."""
    send(asking, kind, bytes(4))
    for answered, body in messages(asking.recv(4096)):
        for number, value in attributes(body[4:]) if answered == kind - 1 else ():
            if number == 1:
                return struct.unpack(f"={len(value) // 4}I", value[: len(value) // 4 * 4])
    return ()


def _has_protocol(pid: int, protocol: int) -> bool:
    """Whether the kernel has it loaded: then each network has a socket of the kernel for it."""
    return any(line.split()[1:3] == [str(protocol), "0"] for line in _lines(pid, "netlink"))


def _number(value: bytes | None) -> int:
    return int.from_bytes(value or b"", sys.byteorder)


def _lines(pid: int, *names: str) -> list[str]:
    """The lines of files of a network. A file with a heading gives one line more than it has entries."""
    found: list[str] = []
    for name in names:
        with contextlib.suppress(OSError):
            found += (PROCESSES / str(pid) / "net" / name).read_text(errors="replace").splitlines()
    return found
