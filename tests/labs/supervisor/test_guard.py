"""The guard: weighing a node from dumps of the kernel, and choosing the node to end."""

import asyncio
import socket
import struct
import time

import pytest

from labs.supervisor import guard
from labs.supervisor.netlink import attribute

NUMBER = 77


@pytest.fixture
def dumps(monkeypatch):
    """A socket with prepared answers; nobody reads the requests."""
    monkeypatch.setattr(time, "monotonic_ns", lambda: NUMBER)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(0.2)

    def say(*datagrams):
        for datagram in datagrams:
            theirs.send(datagram)
        return ours

    with ours, theirs:
        yield say


def message(kind, body, number=NUMBER):
    packed = struct.pack("=IHHII", 16 + len(body), kind, 2, number, 0) + body
    return packed + bytes(-len(packed) % 4)


DONE = message(3, bytes(4))


def qdisc(interface, parent=guard.ROOT, kind=b"pfifo", backlog=0, length=0, options=b""):
    head = struct.pack("=BxxxiIII", 0, interface, 0x10000, parent, 2)
    statistics = bytes(guard.LENGTH_BACKLOG) + struct.pack("=II", length, backlog)
    return message(36, head + attribute(1, kind + b"\0") + attribute(2, options) + attribute(3, statistics))


def test_queued_packets_count_at_the_root_by_their_bytes_or_their_number(dumps):
    asking = dumps(
        qdisc(1, backlog=5000, length=2) + qdisc(2, backlog=10, length=7), qdisc(2, parent=0x10000, backlog=9000), DONE
    )
    assert list(guard.queued_bytes(asking)) == [(1, 5000), (2, 7 * guard.PACKET)]


def test_a_discipline_without_statistics_holds_nothing(dumps):
    head = struct.pack("=BxxxiIII", 0, 1, 0, guard.ROOT, 0)
    assert list(guard.queued_bytes(dumps(message(36, head + attribute(3, bytes(8))), message(36, head), DONE))) == []


def test_answers_to_an_earlier_dump_are_skipped(dumps):
    old = struct.pack("=BxxxiIII", 0, 9, 0, guard.ROOT, 0) + attribute(3, bytes(28) + struct.pack("=II", 9, 9))
    assert list(guard.queued_bytes(dumps(message(36, old, number=5), qdisc(1, backlog=5000), DONE))) == [(1, 5000)]


def test_an_error_ends_a_dump(dumps):
    assert list(guard.queued_bytes(dumps(message(2, struct.pack("=i", -1) + bytes(16))))) == []


def test_entries_are_counted_by_the_length_of_the_first(dumps):
    entry = message(28, bytes(44))
    assert guard.count_entries(dumps(entry * 50, entry * 30, DONE), guard.GET_NEIGHBOUR, guard.NEIGHBOURS, 1000) == 80


def test_an_empty_table_has_no_entries(dumps):
    assert guard.count_entries(dumps(DONE), guard.GET_NEIGHBOUR, guard.NEIGHBOURS, 1000) == 0


def test_counting_stops_once_it_is_too_much(dumps):
    """No more than the first datagrams are read, so no table is too long for a look."""
    entry = message(28, bytes(44))
    asking = dumps(*[entry * 50] * 20, DONE)
    assert guard.count_entries(asking, guard.GET_NEIGHBOUR, guard.NEIGHBOURS, 120) == 150
    assert len(asking.recv(1 << 16)) == 50 * len(entry)


def test_empty_disciplines_count(dumps):
    fq = attribute(guard.FLOWS, struct.pack("=I", 100))
    asking = dumps(qdisc(1, kind=b"fq_codel", options=fq), DONE, DONE)
    assert guard.discipline_bytes(asking) == guard.DISCIPLINE + 100 * guard.FLOW


def test_a_discipline_that_may_be_large_counts_as_large(dumps):
    assert guard.discipline_bytes(dumps(qdisc(1, kind=b"cake"), DONE, DONE)) == guard.DISCIPLINE + guard.LARGE


def test_pfifo_fast_has_rings_as_long_as_the_queue_of_its_interface(dumps):
    link = message(16, struct.pack("=BxHiII", 0, 1, 4, 0, 0) + attribute(guard.TXQLEN, struct.pack("=I", 500_000)))
    asking = dumps(qdisc(4, kind=b"pfifo_fast"), DONE, link, DONE, DONE)
    assert guard.discipline_bytes(asking) == guard.DISCIPLINE + 500_000 * guard.PLACE


def test_classes_count_on_each_interface_with_a_discipline(dumps):
    classes = message(40, bytes(20)) * 7
    asking = dumps(qdisc(1, kind=b"htb"), qdisc(2, kind=b"noqueue"), DONE, classes, DONE)
    assert guard.discipline_bytes(asking) == 2 * guard.DISCIPLINE + 7 * guard.CLASS


def test_an_option_with_a_wrong_length_counts_as_the_default(dumps):
    asking = dumps(qdisc(1, kind=b"fq_codel", options=attribute(guard.FLOWS, b"\1")), DONE, DONE)
    assert guard.discipline_bytes(asking) == guard.DISCIPLINE + guard.MANY * guard.FLOW


class Lab:
    def __init__(self, **held):
        self.held = held

    def names(self):
        return list(self.held)

    def space(self, name):
        return self.held[name]


@pytest.fixture
def weighed(monkeypatch):
    def weigh(held):
        if isinstance(held, Exception):
            raise held
        return held

    monkeypatch.setattr(guard, "weigh", weigh)


@pytest.mark.parametrize(
    ("held", "ended"),
    [
        ({}, ""),
        ({"h1": guard.MOST}, ""),
        ({"h1": guard.MOST + 1}, "h1"),
        ({"h1": guard.MOST // 2, "h2": guard.MOST // 2 + 1}, "h2"),
        ({"h1": 1, "h2": ProcessLookupError(), "h3": guard.MOST}, "h3"),
        ({"h1": FileNotFoundError()}, ""),
    ],
)
def test_the_node_that_holds_most_is_chosen_when_all_together_hold_too_much(weighed, held, ended):
    assert guard.too_much(guard.held_by_nodes(Lab(**held))) == ended


@pytest.mark.parametrize(
    ("held", "milliseconds"),
    [({}, 30), ({"h1": guard.MOST // 4, "h2": guard.MOST // 4}, 15), ({"h1": guard.MOST + 1}, 0)],
)
def test_the_more_a_lab_holds_the_sooner_it_is_weighed_again(held, milliseconds):
    assert guard.enough_cpu(held) / 1e6 == pytest.approx(milliseconds, rel=0.01)


def test_a_lab_is_weighed_again_once_it_has_used_the_cpu_to_hold_too_much(monkeypatch):
    """A lab that converges uses CPU for half a minute; weighing it twice a second would cost as much as a tenth of a core."""
    cpu = iter([5e6, 6e6, 34e6, 36e6, 64e6, 68e6])
    seen = []

    def used():
        try:
            now = next(cpu)
        except StopIteration:
            raise asyncio.CancelledError from None
        seen.append(now)
        return now

    def held_by_nodes(lab):
        weighings.append(seen[-1])
        return {"r1": 0}

    weighings = []
    monkeypatch.setattr(guard, "TICK", 0)
    monkeypatch.setattr(guard, "used_cpu", used)
    monkeypatch.setattr(guard, "held_by_nodes", held_by_nodes)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(guard.guard(Lab(), lambda name: None))
    assert weighings == [5e6, 36e6, 68e6]
