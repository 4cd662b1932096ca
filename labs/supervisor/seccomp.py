"""Seccomp filters: the system calls that a node may not use, and those that labs.supervisor.socket_budget decides.

A filter sees numbers only, and not the memory that a pointer refers to. It reads the low 32 bits of an argument, because the kernel
reads no more of an int either.
"""

import ctypes
import struct

from labs.supervisor.syscalls import MACHINE, check, libc

PR_SET_SECCOMP, MODE_FILTER = 22, 2
SET_MODE_FILTER, NEW_LISTENER, WAIT_KILLABLE = 1, 1 << 3, 1 << 5  # the last one since Linux 5.19

LOAD, AND, EQUAL, AT_LEAST, ANY_BIT, ANSWER = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06  # instructions of classic BPF
NUMBER, ARCHITECTURE, FIRST, SECOND, THIRD = 0, 4, 16, 24, 32  # offsets in seccomp_data; of arguments, the low half
ALLOW, ASK, REFUSE = 0x7FFF0000, 0x7FC00000, 0x00050000  # REFUSE has the errno in its low half

EPERM, ENOSYS = 1, 38
# open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr open_tree_attr
DENIED_EVERYWHERE = (428, 429, 430, 431, 432, 433, 442, 467)
CLONE3, CLONE_NAMESPACES = 435, 0x7E020000  # all CLONE_NEW* flags
X32 = 0x40000000

AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10
NETLINK_GENERIC = 16
STREAM, DATAGRAM, TYPE = 1, 2, 0xF  # the type, without its flags
CHARGED = (0, 6, 17, 262)  # protocols whose queues the kernel charges to a cgroup: TCP, UDP, MPTCP
# SCTP and SMC: an association of SCTP has 65,535 streams, 2 MB and more; one socket has any number of associations
UNCHARGED = (132, 256)
SOL_SOCKET, SO_SNDBUF, SO_RCVBUF = 1, 7, 8
SOL_PACKET, PACKET_RX_RING, PACKET_TX_RING = 263, 5, 13
PACKET_ADD_MEMBERSHIP, PACKET_DROP_MEMBERSHIP = 1, 2
IPPROTO_IP, IPPROTO_IPV6 = 0, 41
MRT_TABLE = 209  # and MRT6_TABLE: one more table of multicast routes, 4 KB that are charged to nobody and never freed
# Options that replace the tables of iptables and ip6tables, arptables and ebtables, whose extensions are charged to nobody. The
# image has none of these programs
OLD_TABLES = (64, 96, 128)
IP_VS = 1024  # and above: options of IPVS, which keeps services and their servers, charged to nobody
PACKET_FANOUT = (
    18  # a group of packet sockets: 1 MB of pointers for each, charged to nobody; no program of a lab needs one
)

# An instruction, its operand, and the labels to jump to if true and if false; or the label of the next instruction
Line = tuple[int, int, str, str] | str


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]


def assemble(lines: list[Line]) -> bytes:
    """Assemble the program. An empty label continues with the next instruction."""
    names: dict[str, int] = {}
    code: list[tuple[int, int, str, str]] = []
    for line in lines:
        if isinstance(line, str):
            names[line] = len(code)
        else:
            code.append(line)
    packed = b""
    for at, (instruction, number, so, not_so) in enumerate(code):
        jumps = [names[name] - at - 1 if name else 0 for name in (so, not_so)]
        packed += struct.pack("HBBI", instruction, *jumps, number)
    return packed


def node_filter() -> bytes:
    """The filter of a node: only the native architecture, no mounts, no new namespaces, no change of the time slice.

    It answers EPERM, and ENOSYS to clone3, whose flags a filter cannot read, so that the C library falls back to clone.
    """
    denied = (*MACHINE.denied, MACHINE.sched_setattr, *DENIED_EVERYWHERE)
    return assemble(
        [
            (LOAD, ARCHITECTURE, "", ""),
            (EQUAL, MACHINE.arch, "", "refuse"),
            (LOAD, NUMBER, "", ""),
            (AT_LEAST, X32, "refuse", ""),
            *((EQUAL, number, "refuse", "") for number in denied),
            (EQUAL, CLONE3, "unknown", ""),
            (EQUAL, MACHINE.clone, "", "allow"),
            (LOAD, FIRST, "", ""),
            (ANY_BIT, CLONE_NAMESPACES, "refuse", "allow"),
            "allow",
            (ANSWER, ALLOW, "", ""),
            "unknown",
            (ANSWER, REFUSE | ENOSYS, "", ""),
            "refuse",
            (ANSWER, REFUSE | EPERM, "", ""),
        ]
    )


def socket_filter(*, streams: bool) -> bytes:
    """The filter of the whole lab: ask about sockets whose memory is not charged, and about the sizes of queues and rings.

    It also asks about memberships of packet sockets. It refuses groups of packet sockets, more than one table of multicast routes,
    the tables of iptables, IPVS, and protocols that keep much and are charged for nothing.

    STREAMS: ask about TCP sockets, too.
    """
    return assemble(
        [
            (LOAD, ARCHITECTURE, "", ""),
            (EQUAL, MACHINE.arch, "", "allow"),  # the filter of the node refuses other architectures
            (LOAD, NUMBER, "", ""),
            (EQUAL, MACHINE.setsockopt, "option", ""),
            (EQUAL, MACHINE.socket, "", "allow"),
            (LOAD, FIRST, "", ""),
            (EQUAL, AF_UNIX, "allow", ""),
            (EQUAL, AF_INET, "internet", ""),
            (EQUAL, AF_INET6, "internet", "ask"),
            "internet",
            (LOAD, THIRD, "", ""),
            *((EQUAL, protocol, "refuse", "") for protocol in UNCHARGED),
            (LOAD, SECOND, "", ""),
            (AND, TYPE, "", ""),
            (EQUAL, STREAM, "ask" if streams else "protocol", ""),
            (EQUAL, DATAGRAM, "protocol", "ask"),
            "protocol",
            (LOAD, THIRD, "", ""),
            *((EQUAL, protocol, "allow", "") for protocol in CHARGED),
            (ANSWER, ASK, "", ""),
            "option",
            (LOAD, SECOND, "", ""),
            (EQUAL, SOL_PACKET, "ring", ""),
            *((EQUAL, level, "network", "") for level in (IPPROTO_IP, IPPROTO_IPV6)),
            (EQUAL, SOL_SOCKET, "", "allow"),
            (LOAD, THIRD, "", ""),
            (EQUAL, SO_SNDBUF, "ask", ""),
            (EQUAL, SO_RCVBUF, "ask", "allow"),
            "network",
            (LOAD, THIRD, "", ""),
            *((EQUAL, option, "refuse", "") for option in (MRT_TABLE, *OLD_TABLES)),
            (AT_LEAST, IP_VS, "refuse", "allow"),
            "ring",
            (LOAD, THIRD, "", ""),
            (EQUAL, PACKET_RX_RING, "ask", ""),
            (EQUAL, PACKET_TX_RING, "ask", ""),
            (EQUAL, PACKET_ADD_MEMBERSHIP, "ask", ""),
            (EQUAL, PACKET_DROP_MEMBERSHIP, "ask", ""),
            (EQUAL, PACKET_FANOUT, "refuse", ""),
            "allow",
            (ANSWER, ALLOW, "", ""),
            "ask",
            (ANSWER, ASK, "", ""),
            "refuse",
            (ANSWER, REFUSE | EPERM, "", ""),
        ]
    )


def deny(program: bytes) -> None:
    """Install a filter for this process and everything that it starts."""
    buffer = ctypes.create_string_buffer(program, len(program))
    filters = _Program(len(program) // 8, ctypes.addressof(buffer))
    check(libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(filters)), "seccomp")


def ask_about(program: bytes) -> int:
    """Install a filter whose calls are decided elsewhere, for this process and everything that it starts.

    Returns the descriptor on which the calls can be read.
    """
    buffer = ctypes.create_string_buffer(program, len(program))
    filters = _Program(len(program) // 8, ctypes.addressof(buffer))
    for flags in (NEW_LISTENER | WAIT_KILLABLE, NEW_LISTENER):
        listener = int(libc.syscall(MACHINE.seccomp, SET_MODE_FILTER, flags, ctypes.byref(filters)))
        if listener >= 0:
            break
    return check(listener, "seccomp with a listener")
