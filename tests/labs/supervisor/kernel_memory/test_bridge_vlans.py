"""Weighing the VLANs of bridges and their ports."""

import errno
import struct

import pytest

from labs.supervisor.kernel_memory import bridge_vlans
from labs.supervisor.netlink import attribute
from tests.labs.supervisor.netlink_answers import DONE, message

MOST = 40 << 20
EACH = bridge_vlans.VLAN + 2 * bridge_vlans.OF_CPU


@pytest.fixture(autouse=True)
def two_cpus(monkeypatch):
    monkeypatch.setattr(bridge_vlans.os, "cpu_count", lambda: 2)


def port(*told):
    """A port with VLANs, each told as its flags and its number."""
    vlans = b"".join(attribute(bridge_vlans.VLAN_INFO, struct.pack("=HH", *one)) for one in told)
    return message(bridge_vlans.NEW_LINK, struct.pack("=BxHiII", 7, 1, 3, 0, 0) + attribute(0x8000 | 26, vlans))


def test_each_vlan_of_a_range_counts(dumps):
    begin, end = bridge_vlans.RANGE_BEGIN, bridge_vlans.RANGE_END
    answers = port((6, 1), (begin, 2), (end, 4094)), port((0, 10)), DONE
    assert bridge_vlans.weigh(dumps(*answers), MOST) == EACH * (1 + 4093 + 1)


def test_a_range_that_is_none_counts_as_one(dumps):
    assert (
        bridge_vlans.weigh(dumps(port((bridge_vlans.RANGE_BEGIN, 9), (bridge_vlans.RANGE_END, 3)), DONE), MOST) == EACH
    )


def test_an_interface_that_is_no_port_has_none(dumps):
    assert bridge_vlans.weigh(dumps(message(bridge_vlans.NEW_LINK, bytes(16)), DONE), MOST) == 0


def test_a_kernel_without_bridges_has_none(dumps):
    assert bridge_vlans.weigh(dumps(message(2, struct.pack("=i", -errno.EOPNOTSUPP))), MOST) == 0
