"""The queueing disciplines of a network, from dumps of the kernel."""

import struct

from labs.supervisor import queueing_disciplines
from labs.supervisor.netlink import attribute
from tests.labs.supervisor.netlink_answers import DONE, message, qdisc


def read(dumps, *datagrams):
    return list(queueing_disciplines.disciplines(dumps(*datagrams, DONE)))


def test_queued_packets_count_at_the_root_by_their_bytes_or_their_number(dumps):
    found = read(
        dumps,
        qdisc(1, backlog=5000, length=2) + qdisc(2, backlog=10, length=7),
        qdisc(2, parent=0x10000, backlog=9000),
    )
    assert [(one.interface, one.queued) for one in found] == [(1, 5000), (2, 7 * queueing_disciplines.PACKET), (2, 0)]


def test_where_a_size_table_changes_what_packets_count_each_is_taken_for_the_largest(dumps):
    """With ``stab overhead -64900`` 60 KB counted as one byte. The table may also be that of a class."""
    size_table = attribute(8 | 0x8000, attribute(1, bytes(24)))
    root, other = qdisc(1, backlog=7, length=7), qdisc(2, backlog=7, length=7)
    found = read(dumps, root + qdisc(1, parent=0x10001, more=size_table) + other)
    assert [one.queued for one in found] == [7 * queueing_disciplines.LARGEST, 0, 7 * queueing_disciplines.PACKET]


def test_a_discipline_without_statistics_holds_nothing(dumps):
    head = struct.pack("=BxxxiIII", 0, 1, 0, queueing_disciplines.ROOT, 0)
    found = read(dumps, message(36, head + attribute(3, bytes(8))), message(36, head), message(36, b"short"))
    assert [one.queued for one in found] == [0, 0]
