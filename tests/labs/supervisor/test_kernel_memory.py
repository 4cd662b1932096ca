"""Weighing a node from dumps of the kernel."""

import struct

from labs.supervisor import kernel_memory
from labs.supervisor.netlink import attribute
from tests.labs.supervisor.netlink_answers import DONE, message


def qdisc(interface, parent=kernel_memory.ROOT, kind=b"pfifo", backlog=0, length=0, options=b""):
    head = struct.pack("=BxxxiIII", 0, interface, 0x10000, parent, 2)
    statistics = bytes(kernel_memory.LENGTH_BACKLOG) + struct.pack("=II", length, backlog)
    return message(36, head + attribute(1, kind + b"\0") + attribute(2, options) + attribute(3, statistics))


def test_queued_packets_count_at_the_root_by_their_bytes_or_their_number(dumps):
    asking = dumps(
        qdisc(1, backlog=5000, length=2) + qdisc(2, backlog=10, length=7), qdisc(2, parent=0x10000, backlog=9000), DONE
    )
    assert list(kernel_memory.queued_bytes(asking)) == [(1, 5000), (2, 7 * kernel_memory.PACKET)]


def test_a_discipline_without_statistics_holds_nothing(dumps):
    head = struct.pack("=BxxxiIII", 0, 1, 0, kernel_memory.ROOT, 0)
    assert (
        list(kernel_memory.queued_bytes(dumps(message(36, head + attribute(3, bytes(8))), message(36, head), DONE)))
        == []
    )


def test_empty_disciplines_count(dumps):
    fq = attribute(kernel_memory.FLOWS, struct.pack("=I", 100))
    asking = dumps(qdisc(1, kind=b"fq_codel", options=fq), DONE, DONE)
    assert kernel_memory.discipline_bytes(asking) == kernel_memory.DISCIPLINE + 100 * kernel_memory.FLOW


def test_a_discipline_that_may_be_large_counts_as_large(dumps):
    assert (
        kernel_memory.discipline_bytes(dumps(qdisc(1, kind=b"cake"), DONE, DONE))
        == kernel_memory.DISCIPLINE + kernel_memory.LARGE
    )


def test_pfifo_fast_has_rings_as_long_as_the_queue_of_its_interface(dumps):
    link = message(
        16, struct.pack("=BxHiII", 0, 1, 4, 0, 0) + attribute(kernel_memory.TXQLEN, struct.pack("=I", 500_000))
    )
    asking = dumps(qdisc(4, kind=b"pfifo_fast"), DONE, link, DONE, DONE)
    assert kernel_memory.discipline_bytes(asking) == kernel_memory.DISCIPLINE + 500_000 * kernel_memory.PLACE


def test_classes_count_on_each_interface_with_a_discipline(dumps):
    classes = message(40, bytes(20)) * 7
    asking = dumps(qdisc(1, kind=b"htb"), qdisc(2, kind=b"noqueue"), DONE, classes, DONE)
    assert kernel_memory.discipline_bytes(asking) == 2 * kernel_memory.DISCIPLINE + 7 * kernel_memory.CLASS


def test_an_option_with_a_wrong_length_counts_as_the_default(dumps):
    asking = dumps(qdisc(1, kind=b"fq_codel", options=attribute(kernel_memory.FLOWS, b"\1")), DONE, DONE)
    assert kernel_memory.discipline_bytes(asking) == kernel_memory.DISCIPLINE + kernel_memory.MANY * kernel_memory.FLOW
