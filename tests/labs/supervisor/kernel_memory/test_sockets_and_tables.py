"""The memory that a node makes the kernel keep by requests of its own, from files as the kernel writes them and from dumps."""

import socket
import struct
from types import SimpleNamespace

import pytest

from labs.supervisor import conntrack, network_files, read_only_sysctls
from labs.supervisor.kernel_memory import sockets_and_tables
from tests.labs.supervisor.netlink_answers import DONE, message

MOST = 40 << 20
UDP = (
    "   sl  local_address rem_address   st tx_queue rx_queue tr\n"
    + "    1: 00000000:1 00000000:0 07 00010000:00000000 00\n" * 40
)
QUEUE = "    5   1204 {:5d} 2 65531     0     0       17  1\n"


@pytest.fixture
def network(tmp_path, monkeypatch, dumps):
    """A function that makes a network whose files and dumps are these, and weighs it."""
    monkeypatch.setattr(network_files, "PROCESSES", tmp_path)
    monkeypatch.setattr(sockets_and_tables, "IP_SETS", tmp_path / "ip_set")

    def weigh(files=(), routes=(DONE, DONE)):
        for name, text in dict(files).items():
            path = tmp_path / "77/net" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        monkeypatch.setattr(conntrack, "weigh_fragments", lambda pid: 0)
        held = sockets_and_tables.weigh_files(77, network_files.socket_counts(77))
        return held + sockets_and_tables.weigh_dumps(77, dumps(*routes), MOST)

    return weigh


def test_a_quiet_network_holds_nothing(network):
    assert network() == 0


def test_datagrams_that_are_not_complete_count_by_the_queues_of_their_sockets(network):
    files = {"sockstat": "sockets: used 40\nTCP: inuse 0 orphan 0\nUDP: inuse 40 mem 0\n", "udp": UDP}
    assert network(files) == (40 << 16) + 40 * sockets_and_tables.OPTIONS


def test_the_queue_of_a_single_udp_socket_counts(network):
    files = {"sockstat": "sockets: used 1\nUDP: inuse 1 mem 0\n", "udp": "\n".join(UDP.splitlines()[:2])}
    assert network(files) == (1 << 16) + sockets_and_tables.OPTIONS


def test_sockets_that_are_in_no_list_count_as_full(network):
    """Also a few: eight of each node would be 35 MB in a lab of 20 nodes."""
    files = {"sockstat": "sockets: used 101\nTCP: inuse 1\nUDP: inuse 0 mem 0\n"}
    assert network(files) == 100 * sockets_and_tables.QUEUED + sockets_and_tables.OPTIONS
    unix = "protocol size sockets\nPACKET 1600 0\nUNIX-STREAM 1152 {}\nUNIX 1152 9\nTCP 2304 3\n"
    assert network({**files, "protocols": unix.format(90)}) == sockets_and_tables.QUEUED + sockets_and_tables.OPTIONS
    assert network({**files, "protocols": unix.format(91)}) == sockets_and_tables.OPTIONS


def test_sockets_of_a_list_count_by_what_waits_in_them(network):
    files = {
        "sockstat": "sockets: used 12\n",
        "packet": "sk RefCnt\n" + "0 3 3 0003 0 1 4096 0 51\n" * 5,
        "netlink": "sk Eth\n" + "0 0 0 00000000 0 0 0 2 0 4\n" * 30 + "0 0 915 00000000 832 100 0 2 0 5\n" * 4,
        "raw": "sl local\n" + "255: 0:FF 0:0 07 00000010:00000020 00:00000000\n" * 3,
    }
    assert network(files) == 5 * 4096 + 4 * 932 + 3 * 0x30


def test_tcp_and_udp_sockets_count_with_the_options_that_they_may_have(network):
    """IPv6 options, groups, and keys of TCP-MD5, which IPv4 has too."""
    assert network({"sockstat6": "TCP6: inuse 3\nUDP6: inuse 2\n"}) == 5 * sockets_and_tables.OPTIONS
    both = {"sockstat": "sockets: used 6\nTCP: inuse 4 orphan 0\nUDP: inuse 2 mem 0\n", "sockstat6": ""}
    assert network(both) == 6 * sockets_and_tables.OPTIONS


def test_the_options_of_a_socket_weigh_at_least_what_a_node_allows():
    assert read_only_sysctls.FIXED["core/optmem_max"] <= sockets_and_tables.OPTIONS


def test_packets_that_wait_for_a_program_count_and_so_do_buffers_of_logs(network):
    files = {"netfilter/nfnetlink_queue": QUEUE.format(9), "netfilter/nfnetlink_log": "0 1 2 2 65535 400000 1\n" * 2}
    assert network(files) == 9 * sockets_and_tables.LARGEST + 2 * sockets_and_tables.LOG_BUFFER


def test_multicast_routes_count_and_other_routes_do_not(network, monkeypatch):
    def routes(family, many):
        return message(24, struct.pack("=B11x", family)) * many

    assert network(routes=(routes(128, 5), DONE, DONE)) == 5 * sockets_and_tables.MULTICAST_ROUTE
    monkeypatch.setattr(sockets_and_tables, "MOST_ROUTES", 8)
    assert network(routes=(routes(128, 5), routes(128, 5))) == MOST + 1


def test_a_multicast_route_for_which_packets_wait_counts_with_these(network):
    """Up to four wait until a program says where they go: 1,000 groups held 175 MB."""
    unresolved = message(24, struct.pack("=B7xI", 128, sockets_and_tables.UNRESOLVED))
    one = sockets_and_tables.MULTICAST_ROUTE + 4 * sockets_and_tables.LARGEST
    assert network(routes=(unresolved * 3, DONE, DONE)) == 3 * one


def test_a_kernel_without_multicast_routes_answers_with_others(network):
    assert network(routes=(message(24, struct.pack("=B11x", 2)) * 5, DONE)) == 0


@pytest.mark.parametrize(("kind", "most"), [(socket.SOCK_DGRAM, True), (socket.SOCK_STREAM, False)])
def test_what_a_datagram_socket_sends_has_the_queue_of_one_that_nobody_is_charged_for(monkeypatch, kind, most):
    from labs.supervisor import seccomp, socket_budget

    set_to = []
    copy = SimpleNamespace(
        family=socket.AF_INET, type=kind, proto=0, setsockopt=lambda *values: set_to.append(values[2])
    )
    socket_budget._set_queue(copy, seccomp.SO_SNDBUF, struct.pack("=I", 4 << 20))
    assert (struct.unpack("=I", set_to[0])[0] == socket_budget.QUEUE // 2) is most
