"""Weighing the VNIs of VXLAN interfaces that filter them."""

import errno
import struct

from labs.supervisor.kernel_memory import vni_filters
from labs.supervisor.netlink import attribute
from tests.labs.supervisor.netlink_answers import DONE, message

MOST = 40 << 20


def interface(*ranges):
    """An interface with VNIs, each range a pair or a single number, as the kernel tells of them."""
    told = b""
    for numbers in ranges:
        names = zip((vni_filters.START, vni_filters.END), numbers, strict=False)
        entry = b"".join(attribute(name, struct.pack("=I", number)) for name, number in names)
        told += attribute(vni_filters.ENTRY | 0x8000, entry)
    return message(vni_filters.NEW_TUNNEL, struct.pack("=BBHI", 7, 0, 0, 3) + told)


def test_each_vni_of_a_range_counts(dumps, monkeypatch):
    monkeypatch.setattr(vni_filters.os, "cpu_count", lambda: 2)
    each = vni_filters.VNI + 2 * vni_filters.OF_CPU
    answers = interface((1, 3000), (5000,)) + interface((7, 8)), interface((9,)), DONE
    assert vni_filters.weigh(dumps(*answers), MOST) == each * (3001 + 2 + 1)


def test_all_that_there_are_count_as_full(dumps):
    assert vni_filters.weigh(dumps(interface((1, (1 << 24) - 1)), DONE), MOST) > MOST


def test_a_range_that_is_none_counts_as_one(dumps):
    one = vni_filters.weigh(dumps(interface((4,)), DONE), MOST)
    assert vni_filters.weigh(dumps(interface((9, 1)), DONE), MOST) == one


def test_a_kernel_without_such_filters_has_none(dumps):
    assert vni_filters.weigh(dumps(message(2, struct.pack("=i", -errno.EOPNOTSUPP))), MOST) == 0
    assert vni_filters.weigh(dumps(DONE), MOST) == 0
