"""The queues of packets that wait for neighbours, from dumps, and what the kernel is told to change."""

import socket
import struct

import pytest

from labs.supervisor.kernel_memory import neighbour_queues
from labs.supervisor.netlink import attribute, attributes, messages
from tests.labs.supervisor.netlink_answers import DONE, message

ENTRY, SHORT, USUAL, FEW = neighbour_queues.ENTRY, neighbour_queues.SHORT, neighbour_queues.USUAL, neighbour_queues.FEW


def table(length, interface=2):
    numbers = (neighbour_queues.INTERFACE, interface), (neighbour_queues.QUEUE_LENGTH, length)
    values = b"".join(attribute(name, struct.pack("=I", number)) for name, number in numbers)
    told = attribute(neighbour_queues.NAME, b"arp_cache\0") + attribute(neighbour_queues.PARAMETERS, values)
    return message(neighbour_queues.GET_TABLES - 2, struct.pack("=Bxxx", 2) + told)


def neighbour(state=neighbour_queues.INCOMPLETE, age=50, interface=2):
    head = neighbour_queues.NEIGHBOUR.pack(2, interface, state, 0, 0)
    times = struct.pack("=4I", 0, 0, age, 0)
    told = attribute(neighbour_queues.ADDRESS, b"\x0a\0\0\7") + attribute(neighbour_queues.TIMES, times)
    return message(neighbour_queues.NEW_NEIGHBOUR, head + told)


@pytest.fixture
def network(dumps, monkeypatch):
    """A function that weighs such a network: the bytes, the lengths that were set, and how many searches were ended."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    monkeypatch.setattr(neighbour_queues, "kernel_socket", lambda pid: ours)

    def weigh(tables, neighbours, *, empty=False):
        held = neighbour_queues.weigh(77, dumps(tables, DONE, neighbours, DONE), empty=empty)
        ours.close()
        asked = [one for datagram in iter(lambda: theirs.recv(4096), b"") for one in messages(datagram)]
        lengths = []
        for kind, body in asked:
            if kind == neighbour_queues.SET_TABLE:
                values = dict(attributes(dict(attributes(body[4:]))[neighbour_queues.PARAMETERS]))
                lengths.append(struct.unpack("=I", values[neighbour_queues.QUEUE_LENGTH])[0])
        return held, lengths, [kind for kind, _ in asked].count(neighbour_queues.DELETE_NEIGHBOUR)

    with ours, theirs:
        yield weigh


def test_a_quiet_network_holds_its_neighbours_and_nothing_is_changed(network):
    assert network(table(SHORT), neighbour(2) * 3) == (3 * ENTRY, [], 0)


def test_the_queues_of_a_new_interface_are_shortened_and_a_search_goes_on(network):
    assert network(table(USUAL), neighbour() * 2 + neighbour(2)) == (3 * ENTRY + 2 * SHORT, [SHORT], 0)


def test_a_search_for_a_whole_network_goes_on(network):
    assert network(table(SHORT), neighbour() * 254) == (254 * (ENTRY + SHORT), [], 0)


def test_many_searches_with_long_queues_fail_at_once(network):
    assert network(table(USUAL), neighbour() * (FEW + 1)) == ((FEW + 1) * ENTRY, [SHORT], FEW + 1)


def test_a_queue_that_was_made_longer_is_emptied(network):
    assert network(table(1 << 30), neighbour()) == (ENTRY, [SHORT], 1)


def test_a_search_that_lasts_longer_than_any_fails(network):
    """Its queue may have been filled while it was allowed to be long."""
    assert network(table(SHORT), neighbour(age=neighbour_queues.OLD + 1) + neighbour()) == (2 * ENTRY + SHORT, [], 1)


def test_all_searches_fail_where_the_lab_holds_too_much(network):
    assert network(table(SHORT), neighbour() * 30 + neighbour(2), empty=True) == (31 * ENTRY, [], 30)
