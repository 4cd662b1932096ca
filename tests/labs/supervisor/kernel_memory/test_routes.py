"""Weighing routes with many next hops, or with a list of segments."""

import errno
import struct

import pytest

from labs.supervisor.kernel_memory import routes
from tests.labs.supervisor.netlink_answers import DONE, message

MOST = 40 << 20


def route(family, length=60):
    return message(routes.NEW_ROUTE, struct.pack("=B", family) + bytes(length - 1))


@pytest.fixture
def weigh(dumps):
    return lambda *answers, most=MOST: routes.weigh(dumps(*answers), most)


def test_short_routes_count_once(weigh):
    """Those of IPv6 are counted by files."""
    assert weigh(route(2) * 5, DONE, route(10) * 7, DONE) == 5 * routes.ROUTE4


def test_a_route_with_many_next_hops_counts_by_its_message(weigh):
    """The kernel tells of a next hop in 8 bytes and keeps 150 of it."""
    assert weigh(route(2, 16_000), DONE, DONE) == 20 * 16_000 > 150 * 1990


def test_a_list_of_segments_counts_by_its_message(weigh):
    assert weigh(DONE, route(10, 2100), DONE) == 2 * 2100


def test_counting_ends_a_little_above_the_most_that_matters(weigh):
    assert weigh(*[route(2, 20_000)] * 4, most=700_000) == 2 * 20 * 20_000


def test_a_kernel_without_such_routes_has_none(weigh):
    refusal = message(2, struct.pack("=i", -errno.EOPNOTSUPP))
    assert weigh(refusal, refusal) == 0
