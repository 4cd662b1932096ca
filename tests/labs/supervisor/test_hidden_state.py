"""The memory that a node makes the kernel keep by requests of its own, from files as the kernel writes them and from dumps."""

import os
import socket
import struct
from types import SimpleNamespace

import pytest

from labs.supervisor import hidden_state, kernel_memory, syscalls
from labs.supervisor.netlink import attribute
from tests.labs.supervisor.netlink_answers import DONE, message
from tests.labs.supervisor.test_kernel_memory import qdisc

MOST = 48 << 20
UDP = (
    "   sl  local_address rem_address   st tx_queue rx_queue tr\n"
    + "    1: 00000000:1 00000000:0 07 00010000:00000000 00\n" * 40
)
QUEUE = "    5   1204 {:5d} 2 65531     0     0       17  1\n"


@pytest.fixture
def network(tmp_path, monkeypatch, dumps):
    """A function that makes a network whose files and dumps are these, and weighs it."""
    monkeypatch.setattr(hidden_state, "PROCESSES", tmp_path)
    monkeypatch.setattr(hidden_state, "IP_SETS", tmp_path / "ip_set")

    def weigh(files=(), tables=(DONE,), neighbours=(DONE,), routes=(DONE, DONE)):
        def netlink_socket(pid, groups=0, protocol=0):
            return socket.socket(fileno=os.dup(dumps(*tables, *neighbours, *routes).fileno()))

        monkeypatch.setattr(syscalls, "netlink_socket", netlink_socket)
        for name, text in dict(files).items():
            path = tmp_path / "77/net" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        monkeypatch.setattr(hidden_state, "_fragments", lambda pid: 0)
        return hidden_state.weigh(77, MOST)

    return weigh


def parameters(length, retrans=1000, proxied=64):
    values = (
        (hidden_state.INTERFACE, struct.pack("=I", 2)),
        (hidden_state.RETRANS, struct.pack("=Q", retrans)),
        (11, struct.pack("=I", 3)),
        (hidden_state.PROXY_LENGTH, struct.pack("=I", proxied)),
        (hidden_state.QUEUE_LENGTH, struct.pack("=I", length)),
    )
    packed = b"".join(attribute(number, value) for number, value in values)
    return message(hidden_state.GET_TABLES - 2, struct.pack("=Bxxx", 2) + attribute(hidden_state.PARAMETERS, packed))


def neighbour(state):
    return message(28, struct.pack("=BxxxiHBB", 2, 2, state, 0, 0))


def test_a_quiet_network_holds_nothing(network):
    assert network() == 0


def test_datagrams_that_are_not_complete_count_by_the_queues_of_their_sockets(network):
    files = {"sockstat": "sockets: used 60\nTCP: inuse 0 orphan 0\nUDP: inuse 40 mem 0\n", "udp": UDP}
    assert network(files) == 40 << 16


def test_sockets_without_a_port_count_as_full(network):
    files = {"sockstat": "sockets: used 181\nTCP: inuse 1\nUDP: inuse 0 mem 0\n"}
    assert network(files) == 100 * hidden_state.QUEUED
    assert network({**files, "unix": "Num RefCount\n" * 101}) == 0


def test_ipv6_sockets_count_with_the_options_that_they_may_have(network):
    assert network({"sockstat6": "TCP6: inuse 3\nUDP6: inuse 2\n"}) == 5 * hidden_state.OPTIONS


def test_packets_that_wait_for_a_program_count_and_so_do_buffers_of_logs(network):
    files = {"netfilter/nfnetlink_queue": QUEUE.format(9), "netfilter/nfnetlink_log": "0 1 2 2 65535 400000 1\n" * 2}
    assert network(files) == 9 * hidden_state.LARGEST + 2 * hidden_state.LOG_BUFFER


def test_a_search_for_neighbours_counts_little(network):
    assert network(tables=(parameters(212_992), DONE), neighbours=(neighbour(1) * 254, neighbour(2), DONE)) == 254 << 15


@pytest.mark.parametrize("change", [{"length": 1 << 30}, {"length": 212_992, "retrans": 3_600_000}])
def test_neighbours_whose_queues_are_longer_or_last_longer_count_with_all_that_they_may_hold(network, change):
    held = network(tables=(parameters(**change), DONE), neighbours=(neighbour(1) * 3, DONE))
    assert held == 3 * change["length"]


def test_multicast_routes_count_and_other_routes_do_not(network, monkeypatch):
    def routes(family, many):
        return message(24, struct.pack("=B11x", family)) * many

    assert network(routes=(routes(128, 5), DONE, DONE)) == 5 * hidden_state.MULTICAST_ROUTE
    monkeypatch.setattr(hidden_state, "MOST_ROUTES", 8)
    assert network(routes=(routes(128, 5), routes(128, 5))) == MOST + 1


def test_a_kernel_without_multicast_routes_answers_with_others(network):
    assert network(routes=(message(24, struct.pack("=B11x", 2)) * 5, DONE)) == 0


def test_the_queues_of_an_interface_that_are_not_used_count(dumps):
    """mq makes a ring for each queue that the interface may have, and lists those that are used."""
    link = attribute(kernel_memory.TXQLEN, struct.pack("=I", 1000)) + attribute(
        kernel_memory.QUEUES, struct.pack("=I", 12)
    )
    links = message(16, struct.pack("=BxHiII", 0, 1, 1, 0, 0) + link)
    held = kernel_memory.discipline_bytes(dumps(qdisc(1, kind=b"mq"), DONE, links, DONE, DONE))
    assert held == kernel_memory.DISCIPLINE + 12 * 1000 * kernel_memory.PLACE


def test_an_interface_that_is_in_no_list_counts_as_large(dumps):
    held = kernel_memory.discipline_bytes(dumps(qdisc(1, kind=b"pfifo_fast"), DONE, DONE, DONE))
    assert held == kernel_memory.DISCIPLINE + kernel_memory.HIDDEN[0] * kernel_memory.PLACE


@pytest.mark.parametrize(("kind", "most"), [(socket.SOCK_DGRAM, True), (socket.SOCK_STREAM, False)])
def test_what_a_datagram_socket_sends_has_the_queue_of_one_that_nobody_is_charged_for(monkeypatch, kind, most):
    from labs.supervisor import seccomp, uncharged

    set_to = []
    copy = SimpleNamespace(
        family=socket.AF_INET, type=kind, proto=0, setsockopt=lambda *values: set_to.append(values[2])
    )
    uncharged._set_queue(copy, seccomp.SO_SNDBUF, struct.pack("=I", 4 << 20))
    assert (struct.unpack("=I", set_to[0])[0] == uncharged.QUEUE // 2) is most
