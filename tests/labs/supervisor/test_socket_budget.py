"""The budget of rings and sockets, as far as it needs no lab. tests/live/test_socket_budget.py tests it in the kernel."""

import errno
import os
import socket
import struct
import time
from pathlib import Path

import pytest

from labs.supervisor import socket_budget, syscalls
from labs.supervisor.socket_budget import Budget, Full, Refused

SOCKSTAT = """sockets: used 42
TCP: inuse 5 orphan 0 tw 0 alloc 3 mem 180
UDP: inuse 2 mem 0
RAW: inuse 0
FRAG: inuse 0 memory 0
"""
SOCKSTAT6 = "TCP6: inuse 1\nUDP6: inuse 3\nRAW6: inuse 1\nFRAG6: inuse 0 memory 0\n"
PROTOCOLS = "protocol  size sockets  memory\nNETLINK 1096 3 -1\nUNIX-STREAM 1152 15 -1\nUNIX 1152 5 -1\nTCP 2304 3 18\n"


@pytest.fixture
def budget():
    processes = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    yield Budget(processes)
    os.close(processes)


def test_uncharged_sockets_are_all_but_tcp_udp_and_unix():
    assert socket_budget._sockets(SOCKSTAT, SOCKSTAT6, PROTOCOLS) == (42 - 6 - 5 - 20, 6)
    assert socket_budget._sockets("", "", "") == (0, 0)


@pytest.mark.parametrize(("size", "taken"), [(1, 1), (4096, 1), (4097, 2), (5 * 4096, 8), (1 << 20, 256)])
def test_a_block_takes_a_power_of_two_of_pages(size, taken):
    page = os.sysconf("SC_PAGE_SIZE")
    assert socket_budget._whole_pages(size * page // 4096) == taken * page


def test_a_ring_is_refused_on_another_kind_of_socket(budget):
    with socket.socket(socket.AF_UNIX) as copy, pytest.raises(Refused) as refusal:
        budget._set_ring(copy, 5, struct.pack("IIII", 4096, 1, 2048, 2), os.getpid())
    assert refusal.value.args[0] == errno.ENOPROTOOPT


def test_a_closed_ring_is_forgotten(budget):
    budget.rings = {(1, 5): 1 << 20}
    budget._forget_closed()
    assert budget.rings == {}


def test_sockets_are_counted_again_before_one_is_refused(budget):
    budget.sockets = 10_000
    budget.own = 0  # as if a node asked
    budget._grant_socket(os.getpid(), stream=False)
    assert budget.sockets < 10_000


def test_the_name_of_a_socket_is_neither_counted_nor_an_error(budget):
    """The list of AF_UNIX sockets has names as they are: one with a hundred ends of lines passed for a hundred sockets."""
    forged = "0: 2 0 0 1 1 9 @" + "\n0000000000000000: 00000002 0 0 1 1 9" * 100
    assert socket_budget._sockets(SOCKSTAT, SOCKSTAT6, forged) == (42 - 6 - 5, 6)
    with socket.socket(socket.AF_UNIX) as named:
        named.bind(b"\0" + b"\n" * 50 + b"\xff\xc2\x85")
        budget._count()
    assert budget.held


def test_a_node_is_refused_when_the_budget_is_used_up_and_the_supervisor_is_not(budget, monkeypatch):
    monkeypatch.setattr(budget, "_count", lambda: None)
    budget.sockets = 10_000
    budget._grant_socket(os.getpid(), stream=False)
    budget.own = 0  # as if a node asked
    budget.held = {Path("/proc/self/ns/net").stat().st_ino: socket_budget.SOCKETS_OF_NODE}
    with pytest.raises(Full):
        budget._grant_socket(os.getpid(), stream=False)


def test_sockets_reserved_for_a_node_cannot_be_taken_by_another(budget, monkeypatch):
    monkeypatch.setattr(budget, "_count", lambda: None)
    budget.sockets, budget.own = 10_000, 0  # another node has them all
    for _ in range(socket_budget.SOCKETS_OF_NODE):
        budget._grant_socket(os.getpid(), stream=False)
    with pytest.raises(Full):
        budget._grant_socket(os.getpid(), stream=False)


def test_only_charged_queues_can_be_longer_than_the_default():
    asked = struct.pack("=i", 150_000)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW) as netlink,
    ):
        for one in (tcp, netlink):
            socket_budget._set_queue(one, socket.SO_RCVBUF, asked)
        assert tcp.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == 300_000
        assert netlink.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == socket_budget.QUEUE


def test_an_incomplete_length_is_refused():
    with socket.socket(socket.AF_UNIX) as one, pytest.raises(Refused):
        socket_budget._set_queue(one, socket.SO_RCVBUF, b"xx")


def test_a_node_that_makes_rings_in_a_loop_is_refused_and_the_supervisor_is_not(budget, monkeypatch):
    monkeypatch.setattr(time, "monotonic", lambda: 1000.5)
    us = budget._must_not_hurry(os.getpid())
    budget.made = {us: 1000}
    assert budget._must_not_hurry(os.getpid()) == us
    budget.own = 0  # as if a node asked
    with pytest.raises(Refused) as refusal:
        budget._must_not_hurry(os.getpid())
    assert refusal.value.args[0] == errno.ENOMEM
    monkeypatch.setattr(time, "monotonic", lambda: 1001.5)
    budget._must_not_hurry(os.getpid())


class PacketSocket(socket.socket):
    """A UDP socket that the budget takes for a packet socket: only root may make one. It notes what it is told."""

    family = socket.AF_PACKET

    def setsockopt(self, *told):
        self.told = [*getattr(self, "told", []), told]


def listen(number):
    """A unicast address on lo, in a packet_mreq (packet(7))."""
    return struct.pack("=iHHHIxx", 1, 3, 6, 2, number)


LISTEN = listen(1)
ADD, DROP = socket_budget.MEMBERSHIP_CALLS


def test_a_packet_socket_listens_to_few_addresses(budget):
    with (
        PacketSocket(socket.AF_INET, socket.SOCK_DGRAM) as one,
        PacketSocket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        for number in range(socket_budget.MEMBERSHIPS):
            budget._set_membership(one, ADD, listen(number))
        with pytest.raises(Refused) as refusal:
            budget._set_membership(one, ADD, listen(99))
        assert refusal.value.args[0] == errno.ENOBUFS
        budget._set_membership(other, ADD, listen(99))
        budget._set_membership(one, DROP, LISTEN)
        budget._set_membership(one, ADD, listen(99))
        assert len(one.told) == socket_budget.MEMBERSHIPS + 2
        assert one.told[-1] == (263, ADD, listen(99))


def test_the_end_of_an_address_that_a_socket_does_not_listen_to_frees_nothing(budget):
    """The kernel says nothing when there is none to end."""
    with PacketSocket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        for number in range(socket_budget.MEMBERSHIPS):
            budget._set_membership(one, ADD, listen(number))
        budget._set_membership(one, DROP, listen(99))
        with pytest.raises(Refused):
            budget._set_membership(one, ADD, listen(99))


def test_an_address_to_which_a_socket_listens_twice_is_one_and_ends_with_the_second_end(budget):
    with PacketSocket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        for option in (ADD, ADD, DROP):
            budget._set_membership(one, option, LISTEN)
        assert budget.memberships == {os.fstat(one.fileno()).st_ino: {LISTEN[:14]: 1}}


def test_a_membership_that_the_kernel_refuses_is_not_counted(budget, monkeypatch):
    def refuse(*told):
        raise OSError(errno.ENODEV, "no such interface")

    with PacketSocket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        budget._set_membership(one, ADD, LISTEN)
        monkeypatch.setattr(PacketSocket, "setsockopt", refuse)
        for option in (ADD, DROP):
            with pytest.raises(OSError, match="no such interface"):
                budget._set_membership(one, option, LISTEN)
        assert list(budget.memberships.values()) == [{LISTEN[:14]: 1}]


def test_memberships_of_closed_sockets_are_forgotten(budget, monkeypatch):
    monkeypatch.setattr(socket_budget, "MANY_MEMBERS", 1)
    budget.memberships = {1: {LISTEN[:14]: 1}}
    with PacketSocket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        budget._set_membership(one, ADD, LISTEN)
        assert budget.memberships == {os.fstat(one.fileno()).st_ino: {LISTEN[:14]: 1}}
        budget._set_membership(one, DROP, LISTEN)
    assert budget.memberships == {}


def test_a_membership_is_refused_on_another_kind_of_socket_and_with_too_few_bytes(budget):
    with socket.socket(socket.AF_UNIX) as copy, pytest.raises(Refused) as refusal:
        budget._set_membership(copy, ADD, LISTEN)
    assert refusal.value.args[0] == errno.ENOPROTOOPT
    with PacketSocket(socket.AF_INET, socket.SOCK_DGRAM) as one, pytest.raises(Refused) as refusal:
        budget._set_membership(one, ADD, LISTEN[:15])
    assert refusal.value.args[0] == errno.EINVAL


def asked_for(budget, protocol, family=socket.AF_NETLINK):
    budget.own = 0  # as if a node asked
    arguments = (family, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol, 0, 0, 0)
    return budget.decide(os.getpid(), syscalls.MACHINE.socket, arguments, lambda: None)


def test_a_node_gets_generic_netlink_of_another_network_than_its_own(budget):
    with asked_for(budget, 16 | 1 << 32) as made:
        assert (made.family, made.proto) == (socket.AF_NETLINK, 16)


def test_a_node_has_four_such_sockets_at_once_and_closed_ones_do_not_count(budget):
    """They are in no list of the node's network: a node had 1,800 with full queues, 292 MB that nobody was charged for."""
    made = [asked_for(budget, 16) for _ in range(socket_budget.GENERIC_OF_NODE)]
    with pytest.raises(Full):
        asked_for(budget, 16)
    budget._count()
    time.sleep(2 * socket_budget.RECOUNT)
    with pytest.raises(Full):
        asked_for(budget, 16)
    made.pop().close()
    time.sleep(2 * socket_budget.RECOUNT)
    made.append(asked_for(budget, 16))
    for one in made:
        one.close()


def test_little_waits_in_such_a_socket_and_the_node_cannot_ask_for_more(budget):
    with asked_for(budget, 16) as made:
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) <= socket_budget.GENERIC_QUEUE
        socket_budget._set_queue(made, socket.SO_RCVBUF, struct.pack("=I", 1 << 20))
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) <= socket_budget.GENERIC_QUEUE


def test_other_sockets_are_made_in_the_network_of_the_node(budget):
    assert asked_for(budget, 0) is True
    assert asked_for(budget, 16, family=socket.AF_INET6) is True


def test_the_nodes_of_a_lab_that_requires_wireguard_have_generic_netlink_themselves(budget):
    budget.generic = True
    assert asked_for(budget, 16) is True
