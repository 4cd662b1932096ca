"""What counts as a change of a node's network, and how changes become one message."""

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
    """One without a socket."""
    made = object.__new__(NetworkListener)
    made._known = {}
    return made


def test_an_address_is_the_same_with_more_time_to_live_and_another_with_another_prefix():
    assert address(body()) == ((10, 64, 3, IP), 0x80)
    assert address(body(more=attribute(6, bytes(16)))) == address(body())
    assert address(body(prefix=48))[0] != address(body())[0]


def test_the_flags_of_32_bits_count_where_the_kernel_tells_them():
    assert address(body(flags=0x80, more=attribute(8, struct.pack("=I", 0x300))))[1] == 0x300
    assert address(body(flags=0x80, more=attribute(8, b"\1")))[1] == 0x80


def test_an_advertisement_that_prolongs_an_address_is_no_change(listener):
    assert listener.is_change(message(20, body()))
    assert not listener.is_change(message(20, body()))
    assert not listener.is_change(message(20, body(more=attribute(6, bytes(16)))))
    assert listener.is_change(message(20, body(flags=0x40)))
    assert listener.is_change(message(21, body()))
    assert listener.is_change(message(20, body(flags=0x40)))


def test_links_and_routes_are_changes_and_nothing_is_none(listener):
    assert listener.is_change(message(16, bytes(16)))
    assert listener.is_change(message(20, body()) + message(24, bytes(12)))
    assert not listener.is_change(b"")


@pytest.mark.parametrize("content", [b"", b"\x0a", bytes(7)])
def test_an_address_that_is_cut_short_is_a_change_and_no_error(listener, content):
    assert listener.is_change(message(20, content))


def test_the_addresses_that_we_remember_have_a_bound(listener):
    for number in range(3 * watch.KNOWN):
        listener.is_change(message(20, body(index=number)))
        assert len(listener._known) <= watch.KNOWN


class Lab:
    def names(self):
        return []


def told(act, seconds=0.05):
    """What a watcher hears when ACT is done with the watch."""

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


def test_changes_that_come_together_are_told_together():
    def act(watching, end):
        for name in ("r2", "r1", "r2"):
            watching.saw(name)

    assert told(act) == [{"changed": ["r1", "r2"]}]


def test_who_has_ended_hears_nothing_and_may_end_twice():
    def act(watching, end):
        watching.saw("r1")
        end()
        end()
        watching.saw("r2")

    assert told(act) == []


def test_a_node_that_is_made_anew_is_a_change_when_it_is_there_again():
    def act(watching, end):
        watching.forget("r1")
        watching.remember()

    assert told(act) == [{"changed": ["r1"]}]


def test_each_watcher_is_told_until_the_last_has_ended():
    async def all_of():
        watching, first, second = Watch(Lab()), [], []
        end = watching.begin(first.append)
        watching.begin(second.append)
        end()
        watching.saw("r1")
        await asyncio.sleep(0.05)
        return first, second

    assert asyncio.run(all_of()) == ([], [{"changed": ["r1"]}])
