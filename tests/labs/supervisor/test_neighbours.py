"""The neighbour caches, read from what the kernel answers over rtnetlink."""

import asyncio
import struct

import pytest

from labs.supervisor import neighbours
from labs.supervisor.asks import NoAnswer
from labs.supervisor.neighbours import of_network
from labs.supervisor.netlink import attribute
from tests.labs.supervisor.netlink_answers import DONE, message

IPV6, IPV4 = bytes.fromhex("20010db8000000000000000000000001"), bytes([192, 0, 2, 1])
MAC = bytes.fromhex("020000000001")


def neighbour(state, address=IPV6, family=10, mac=MAC, interface=2):
    told = attribute(1, address) + (attribute(2, mac) if mac else b"")
    return message(28, struct.pack("=BxxxiHBB", family, interface, state, 0, 1) + told)


def told(dumps, *datagrams):
    return list(of_network(dumps(*datagrams, DONE), {2: "eth0"}))


def test_a_neighbour_has_the_words_of_ip(dumps):
    assert told(dumps, neighbour(2) + neighbour(1, IPV4, 2, mac=b"")) == [
        {"dst": "2001:db8::1", "dev": "eth0", "lladdr": "02:00:00:00:00:01", "state": ["REACHABLE"]},
        {"dst": "192.0.2.1", "dev": "eth0", "state": ["INCOMPLETE"]},
    ]


def test_an_interface_that_is_new_has_its_number(dumps):
    assert told(dumps, neighbour(4, interface=7))[0]["dev"] == "if7"


@pytest.mark.parametrize(
    "datagram",
    [
        neighbour(64),  # NOARP
        neighbour(0),
        neighbour(2, address=IPV4),  # an address of the other family
        message(28, bytes(5)),
        message(24, bytes(40)),
    ],
)
def test_what_ip_does_not_show_and_what_is_no_neighbour_is_left_out(dumps, datagram):
    assert told(dumps, datagram) == []


def test_more_neighbours_than_a_limit_are_refused(node, dumps, monkeypatch):
    monkeypatch.setattr(neighbours, "MOST", 2)
    asking = dumps(neighbour(2) * 3, DONE)
    monkeypatch.setattr(neighbours, "kernel_socket", lambda pid: asking)
    with pytest.raises(NoAnswer, match="More than 2 neighbours"):
        asyncio.run(neighbours._neighbours(node, {}, None))


def test_a_node_is_asked_in_its_own_network(ask):
    assert ask({"ask": "neighbours"})["ok"]
