"""The seccomp filters, run here as the kernel runs them."""

import socket
import struct

import pytest

from labs.supervisor import seccomp
from labs.supervisor.syscalls import MACHINE

HIGH = 7 << 32  # bits that the kernel does not look at in an int
SOCKET, SETSOCKOPT = MACHINE.socket, MACHINE.setsockopt


def answer(program, number, *arguments, architecture=MACHINE.arch):
    """Return the action of a program of classic BPF for a call."""
    data = struct.pack("=iIQ6Q", number, architecture, 0, *arguments, *[0] * (6 - len(arguments)))
    lines = list(struct.iter_unpack("HBBI", program))
    accumulator = at = 0
    while True:
        instruction, so, not_so, value = lines[at]
        if instruction == seccomp.ANSWER:
            return value
        if instruction == seccomp.LOAD:
            accumulator = struct.unpack_from("=I", data, value)[0]
        elif instruction == seccomp.AND:
            accumulator &= value
        else:
            tests = {
                seccomp.EQUAL: accumulator == value,
                seccomp.AT_LEAST: accumulator >= value,
                seccomp.ANY_BIT: bool(accumulator & value),
            }
            at += so if tests[instruction] else not_so
        at += 1


NODE, LAB, OLD_LAB = seccomp.node_filter(), seccomp.socket_filter(streams=False), seccomp.socket_filter(streams=True)
EPERM, ENOSYS = seccomp.REFUSE | 1, seccomp.REFUSE | 38


def test_a_node_may_read_and_write_and_make_processes():
    assert answer(NODE, 0) == seccomp.ALLOW
    assert answer(NODE, MACHINE.clone, 17) == seccomp.ALLOW


@pytest.mark.parametrize("number", [*MACHINE.denied, MACHINE.sched_setattr, *seccomp.DENIED_EVERYWHERE])
def test_a_node_may_not_mount_or_change_its_time_slice(number):
    assert answer(NODE, number) == EPERM


def test_a_node_cannot_create_namespaces_by_clone_and_has_no_clone3():
    for bit in (0x10000000, 0x40000000, 0x02000000):
        assert answer(NODE, MACHINE.clone, bit | 17) == EPERM
    assert answer(NODE, seccomp.CLONE3) == ENOSYS


def test_calls_of_another_architecture_or_of_x32_are_refused():
    assert answer(NODE, 0, architecture=0x40000003) == EPERM
    assert answer(NODE, seccomp.X32 | 39) == EPERM


@pytest.mark.parametrize("high", [0, HIGH])
@pytest.mark.parametrize(
    ("family", "kind", "protocol"),
    [
        (socket.AF_PACKET, socket.SOCK_RAW, 0x0300),
        (socket.AF_PACKET, socket.SOCK_DGRAM, 0),
        (socket.AF_NETLINK, socket.SOCK_RAW, 0),
        (socket.AF_INET, socket.SOCK_RAW, 1),
        (socket.AF_INET6, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 58),
        (socket.AF_INET, 10, 0x0300),  # SOCK_PACKET: a packet socket by an old name
        (socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP),
        (44, socket.SOCK_RAW, 0),
    ],
)
def test_a_socket_with_an_uncharged_queue_is_decided_outside(family, kind, protocol, high):
    assert answer(LAB, SOCKET, family | high, kind | high, protocol | high) == seccomp.ASK


@pytest.mark.parametrize(
    ("family", "kind", "protocol"),
    [
        (socket.AF_UNIX, socket.SOCK_STREAM, 0),
        (socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK, 0),
        (socket.AF_INET6, socket.SOCK_DGRAM, socket.IPPROTO_UDP),
    ],
)
def test_a_socket_that_is_charged_to_the_lab_is_allowed(family, kind, protocol):
    assert answer(LAB, SOCKET, family, kind, protocol) == seccomp.ALLOW


def test_tcp_is_decided_outside_where_it_is_not_charged():
    for family in (socket.AF_INET, socket.AF_INET6):
        assert answer(OLD_LAB, SOCKET, family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC, 0) == seccomp.ASK
    assert answer(OLD_LAB, SOCKET, socket.AF_UNIX, socket.SOCK_STREAM, 0) == seccomp.ALLOW
    assert answer(OLD_LAB, SOCKET, socket.AF_INET, socket.SOCK_DGRAM, 0) == seccomp.ALLOW


@pytest.mark.parametrize("high", [0, HIGH])
@pytest.mark.parametrize(
    ("level", "option"),
    [
        (seccomp.SOL_PACKET, seccomp.PACKET_RX_RING),
        (seccomp.SOL_PACKET, seccomp.PACKET_TX_RING),
        (seccomp.SOL_PACKET, seccomp.PACKET_ADD_MEMBERSHIP),
        (seccomp.SOL_PACKET, seccomp.PACKET_DROP_MEMBERSHIP),
        (seccomp.SOL_SOCKET, socket.SO_RCVBUF),
        (seccomp.SOL_SOCKET, socket.SO_SNDBUF),
    ],
)
def test_the_size_of_a_ring_or_a_queue_and_a_membership_are_decided_outside(level, option, high):
    assert answer(LAB, SETSOCKOPT, 3, level | high, option | high) == seccomp.ASK


@pytest.mark.parametrize("high", [0, HIGH])
def test_packet_sockets_form_no_groups(high):
    """The kernel keeps room for 65,536 members of each, and charges nobody."""
    assert answer(LAB, SETSOCKOPT, 3, seccomp.SOL_PACKET | high, seccomp.PACKET_FANOUT | high) == EPERM
    assert answer(OLD_LAB, SETSOCKOPT, 3, seccomp.SOL_PACKET, seccomp.PACKET_FANOUT) == EPERM


@pytest.mark.parametrize("high", [0, HIGH])
@pytest.mark.parametrize("level", [seccomp.IPPROTO_IP, seccomp.IPPROTO_IPV6])
def test_there_is_one_table_of_multicast_routes(level, high):
    """The kernel keeps 4 KB of each more, charges nobody, and never frees it."""
    assert answer(LAB, SETSOCKOPT, 3, level | high, seccomp.MRT_TABLE | high) == EPERM
    assert answer(LAB, SETSOCKOPT, 3, level, seccomp.MRT_TABLE - 9) == seccomp.ALLOW  # MRT_INIT


@pytest.mark.parametrize("high", [0, HIGH])
@pytest.mark.parametrize("program", [LAB, OLD_LAB])
@pytest.mark.parametrize("level", [seccomp.IPPROTO_IP, seccomp.IPPROTO_IPV6])
def test_nobody_replaces_the_tables_of_iptables_or_keeps_services_of_ipvs(program, level, high):
    """linux/netfilter_ipv4/ip_tables.h and the like, linux/ip_vs.h: IP_VS_SO_SET_ADD is 1154."""
    for option in (64, 96, 128, 1154):
        assert answer(program, SETSOCKOPT, 3, level | high, option | high) == EPERM
    for option in (8, 33, 35, 42, 67, 76):  # IP_TTL, IP_MULTICAST_LOOP and so on, MCAST_JOIN_GROUP, IPV6_TCLASS
        assert answer(program, SETSOCKOPT, 3, level | high, option) == seccomp.ALLOW


@pytest.mark.parametrize("program", [LAB, OLD_LAB])
@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC])
@pytest.mark.parametrize("protocol", seccomp.UNCHARGED)
def test_protocols_that_keep_much_and_are_charged_for_nothing_are_refused(program, kind, protocol):
    for family in (socket.AF_INET, socket.AF_INET6):
        assert answer(program, SOCKET, family, kind, protocol) == EPERM


@pytest.mark.parametrize(("level", "option"), [(seccomp.SOL_PACKET, 8), (seccomp.SOL_SOCKET, 2), (6, 8), (41, 5)])
def test_other_socket_options_are_allowed(level, option):
    assert answer(LAB, SETSOCKOPT, 3, level, option) == seccomp.ALLOW
