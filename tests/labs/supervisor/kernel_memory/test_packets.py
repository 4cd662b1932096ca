"""The state that packets leave behind in a node, from files as the kernel writes them and from dumps."""

import errno
import os
import socket
import struct
from types import SimpleNamespace

import pytest

from labs.supervisor import network_files, syscalls
from labs.supervisor.kernel_memory import packets
from labs.supervisor.netlink import attribute
from tests.labs.supervisor.netlink_answers import DONE, message

CONNTRACK = """entries  clashres found new
{:08x}  00000000 00000000 00000000
{:08x}  00000000 00000000 00000000
"""
SOCKSTAT = "sockets: used 41\nTCP: inuse 7 orphan 2 tw 900 alloc 9 mem 3\nUDP: inuse 1 mem 0\n"
SOCKSTAT6 = "TCP6: inuse 3\nUDP6: inuse 2\n"
SNMP = "Ip: Forwarding\nIp: 1\nTcp: RtoMin InSegs OutSegs\nTcp: 200 {} 5\n"
MOST = 48 << 20


@pytest.fixture
def node(tmp_path, monkeypatch, dumps):
    """A function that makes a node whose files and dumps are these; dumps are taken in the order of the questions."""
    monkeypatch.setattr(network_files, "PROCESSES", tmp_path)

    def make(files=(), groups=(DONE,), sets=(DONE,), elements=(DONE,), requests=(DONE,)):
        answers = {
            0: [groups],
            packets.NETLINK_NETFILTER: [sets, *elements],
            packets.NETLINK_SOCK_DIAG: [*requests],
        }

        def netlink_socket(pid, groups=0, protocol=0):
            return socket.socket(fileno=os.dup(dumps(*answers[protocol].pop(0)).fileno()))

        monkeypatch.setattr(syscalls, "netlink_socket", netlink_socket)
        for name, text in dict(files).items():
            path = tmp_path / "77/net" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return SimpleNamespace(pid=77)

    return make


def weigh(space, most=MOST):
    with syscalls.netlink_socket(space.pid) as asking:
        asking.settimeout(0.2)
        dumped = packets.weigh_dumps(space.pid, asking, most)
    return packets.weigh_files(space.pid, network_files.socket_counts(space.pid)) + dumped


def a_set(name, flags=0, size=None):
    head = packets.FAMILY.pack(1, 0, 0)
    told = attribute(packets.SET_TABLE, b"t\0") + attribute(packets.SET_NAME, name)
    told += attribute(packets.SET_FLAGS, struct.pack(">I", flags))
    if size is not None:
        told += attribute(packets.SET_DESCRIPTION | 0x8000, attribute(packets.SET_SIZE, struct.pack(">I", size)))
    return message(packets.NEW_SET, head + told)


def test_a_node_that_has_seen_no_packet_holds_nothing(node):
    assert weigh(node()) == 0


def test_tracked_connections_are_counted_once_and_not_for_each_processor(node):
    space = node({"stat/nf_conntrack": CONNTRACK.format(0x21, 0x21)})
    assert weigh(space) == 33 * packets.TRACKED


def test_connections_of_tcp_count_whether_a_program_has_them_or_not(node):
    space = node({"sockstat": SOCKSTAT, "sockstat6": SOCKSTAT6, "snmp": SNMP.format(50)})
    assert weigh(space) == 10 * packets.SOCKET + 900 * packets.CLOSING


def test_requests_are_asked_for_only_where_so_many_segments_have_come(node):
    request = message(20, bytes(72))
    files = {"snmp": SNMP.format(packets.MANY_SEGMENTS + 1)}
    space = node(files, requests=((request * 30, DONE), (request * 5, DONE)))
    assert weigh(space) == 35 * packets.REQUESTED
    few = node({"snmp": SNMP.format(packets.MANY_SEGMENTS)}, requests=((request, DONE),))
    assert weigh(few) == 0


def test_groups_of_a_bridge_count_by_the_bytes_of_their_dump(node):
    groups = message(84, bytes(240))
    assert weigh(node(groups=(groups, DONE))) == len(groups) * packets.OF_DUMP


def test_the_elements_of_each_set_that_may_change_count(node):
    elements = message(packets.GET_ELEMENTS - 1, bytes(100))
    space = node(
        sets=(a_set(b"seen\0") + a_set(b"ports\0", packets.CONSTANT) + a_set(b"more\0"), DONE),
        elements=((elements, DONE), (elements * 2, DONE)),
    )
    assert weigh(space) == 3 * len(elements) * packets.OF_DUMP


@pytest.mark.parametrize(("size", "held"), [(1, 32), (1000, 32_768), (65_535, 2 << 20), (1 << 31, 2 << 20)])
def test_an_empty_set_counts_by_the_size_that_it_was_made_for(node, size, held):
    """120 sets without an element held 240 MB."""
    assert weigh(node(sets=(a_set(b"seen\0", size=size), DONE), elements=((DONE,),))) == held


def test_many_large_sets_are_full_before_their_elements_are_asked_for(node):
    sets = b"".join(a_set(b"s%d\0" % number, size=65_535) for number in range(MOST // (2 << 20) + 1))
    assert weigh(node(sets=(sets, DONE), elements=())) > MOST


def test_a_node_with_more_sets_than_a_reading_may_take_counts_as_full(node):
    sets = b"".join(a_set(b"s%d\0" % number) for number in range(packets.MOST_SETS + 1))
    assert weigh(node(sets=(sets, DONE))) > MOST


def test_counting_stops_once_the_sets_hold_too_much(node):
    elements = message(packets.GET_ELEMENTS - 1, bytes(1000))
    space = node(sets=(a_set(b"one\0") + a_set(b"two\0"), DONE), elements=((elements, DONE),))
    assert weigh(space, 4000) > 4000  # there is no answer for a second set


def test_a_kernel_without_nf_tables_has_no_sets(node, monkeypatch):
    space = node()
    known = syscalls.netlink_socket

    def netlink_socket(pid, groups=0, protocol=0):
        if protocol == packets.NETLINK_NETFILTER:
            raise OSError(errno.EPROTONOSUPPORT, "Protocol not supported")
        return known(pid, groups, protocol)

    monkeypatch.setattr(syscalls, "netlink_socket", netlink_socket)
    assert weigh(space) == 0


def test_a_node_that_has_ended_is_an_error_and_not_a_light_node(node, monkeypatch):
    def netlink_socket(pid, groups=0, protocol=0):
        raise ProcessLookupError

    space = node()
    monkeypatch.setattr(syscalls, "netlink_socket", netlink_socket)
    with pytest.raises(ProcessLookupError):
        weigh(space)
