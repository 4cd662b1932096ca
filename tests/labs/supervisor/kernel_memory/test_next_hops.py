"""Weighing next hops and their groups."""

import errno
import struct

import pytest

from labs.supervisor.kernel_memory import next_hops
from labs.supervisor.netlink import attribute
from tests.labs.supervisor.netlink_answers import DONE, message

MOST = 40 << 20


def hop(family=2, told=b""):
    return message(next_hops.NEW_NEXT_HOP, struct.pack("=BBBxI", family, 0, 0, 0) + told)


def group(members=1, buckets=None):
    told = attribute(next_hops.GROUP, bytes(8 * members))
    if buckets is not None:
        told += attribute(next_hops.RESILIENT | 0x8000, attribute(next_hops.BUCKETS, buckets))
    return hop(0, told)


def test_each_next_hop_counts(dumps):
    assert next_hops.weigh(dumps(hop() * 3, hop(10), DONE), MOST) == 4 * next_hops.NEXT_HOP
    assert next_hops.weigh(dumps(DONE), MOST) == 0


def test_a_list_of_segments_counts_by_its_message(dumps):
    told = attribute(8, attribute(1, bytes(2040)))
    assert next_hops.weigh(dumps(hop(10, told), DONE), MOST) > next_hops.NEXT_HOP + 4000


def test_the_members_of_a_group_count(dumps):
    assert next_hops.weigh(dumps(group(5), DONE), MOST) == next_hops.NEXT_HOP + 5 * next_hops.MEMBER


def test_the_buckets_of_a_resilient_group_count(dumps):
    """The kernel takes 32 bytes for each: 2 MB of one group, of which 60 held 121 MB unseen."""
    held = next_hops.weigh(dumps(group(buckets=struct.pack("=H", 65_535)), DONE), MOST)
    assert held == next_hops.NEXT_HOP + next_hops.MEMBER + 65_535 * 32


@pytest.mark.parametrize("buckets", [b"", b"\1"])
def test_a_number_of_buckets_with_a_wrong_length_is_none(dumps, buckets):
    held = next_hops.weigh(dumps(group(buckets=buckets), DONE), MOST)
    assert held == next_hops.NEXT_HOP + next_hops.MEMBER


def test_counting_ends_a_little_above_the_most_that_matters(dumps):
    full = group(buckets=struct.pack("=H", 65_535))
    assert MOST < next_hops.weigh(dumps(*[full] * 25, DONE), MOST) < MOST + (3 << 20)


@pytest.mark.parametrize("kind", [2, 3])
def test_a_group_that_fits_into_no_message_counts_as_full_because_it_hides_what_follows(dumps, kind):
    ends = message(kind, struct.pack("=i", -errno.EMSGSIZE))
    assert next_hops.weigh(dumps(hop(), ends), MOST) > MOST
    assert next_hops.weigh(dumps(hop() + ends), MOST) > MOST


def test_a_kernel_without_next_hops_has_none(dumps):
    assert next_hops.weigh(dumps(message(2, struct.pack("=i", -errno.EOPNOTSUPP))), MOST) == 0
