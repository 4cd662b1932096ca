"""Changes of a node's network, and how several become one message."""

import asyncio
import struct

import pytest

from labs.supervisor import watch
from labs.supervisor.netlink import attribute
from labs.supervisor.watch import NetworkListener, Watch, address

IP = bytes.fromhex("20010db8000000000000000000000001")


def body(flags=0x80, index=3, more=b"", prefix=64):
    return struct.pack("=BBBBI", 10, prefix, flags, 0, index) + attribute(1, IP) + more


def message(kind, content):
    packed = struct.pack("=IHHII", 16 + len(content), kind, 0, 0, 0) + content
    return packed + bytes(-len(packed) % 4)


@pytest.fixture
def listener():
    """A listener without a socket."""
    made = object.__new__(NetworkListener)
    made._known = {}
    return made


def test_an_address_is_identified_without_its_lifetime_and_with_its_prefix():
    assert address(body()) == ((10, 64, 3, IP), 0x80)
    assert address(body(more=attribute(6, bytes(16)))) == address(body())
    assert address(body(prefix=48))[0] != address(body())[0]


def test_flags_of_32_bits_are_preferred():
    assert address(body(flags=0x80, more=attribute(8, struct.pack("=I", 0x300))))[1] == 0x300
    assert address(body(flags=0x80, more=attribute(8, b"\1")))[1] == 0x80


def test_a_longer_lifetime_of_an_address_is_not_a_change(listener):
    assert listener.is_change(message(20, body()))
    assert not listener.is_change(message(20, body()))
    assert not listener.is_change(message(20, body(more=attribute(6, bytes(16)))))
    assert listener.is_change(message(20, body(flags=0x40)))
    assert listener.is_change(message(21, body()))
    assert listener.is_change(message(20, body(flags=0x40)))


def test_links_and_routes_are_changes(listener):
    assert listener.is_change(message(16, bytes(16)))
    assert listener.is_change(message(20, body()) + message(24, bytes(12)))
    assert not listener.is_change(b"")


@pytest.mark.parametrize("content", [b"", b"\x0a", bytes(7)])
def test_a_truncated_address_counts_as_a_change(listener, content):
    assert listener.is_change(message(20, content))


def test_the_number_of_remembered_addresses_is_limited(listener):
    for number in range(3 * watch.KNOWN):
        listener.is_change(message(20, body(index=number)))
        assert len(listener._known) <= watch.KNOWN


class Lab:
    def names(self):
        return []


def told(act, seconds=0.05):
    """The messages that a watcher gets while ACT runs."""

    async def all_of():
        watching, heard = Watch(Lab()), []
        end = watching.begin(heard.append)
        act(watching, end)
        await asyncio.sleep(seconds)
        return heard

    return asyncio.run(all_of())


@pytest.fixture(autouse=True)
def gathers_quickly(monkeypatch):
    monkeypatch.setattr(watch, "GATHER", 0.01)


def test_changes_within_the_collecting_time_are_one_message():
    def act(watching, end):
        for name in ("r2", "r1", "r2"):
            watching.saw(name)

    assert told(act) == [{"changed": ["r1", "r2"]}]


def test_an_ended_watch_gets_nothing_and_may_be_ended_twice():
    def act(watching, end):
        watching.saw("r1")
        end()
        end()
        watching.saw("r2")

    assert told(act) == []


def test_a_reset_node_counts_as_changed():
    def act(watching, end):
        watching.forget("r1")
        watching.remember()

    assert told(act) == [{"changed": ["r1"]}]


def test_remaining_watchers_are_still_told():
    async def all_of():
        watching, first, second = Watch(Lab()), [], []
        end = watching.begin(first.append)
        watching.begin(second.append)
        end()
        watching.saw("r1")
        await asyncio.sleep(0.05)
        return first, second

    assert asyncio.run(all_of()) == ([], [{"changed": ["r1"]}])
