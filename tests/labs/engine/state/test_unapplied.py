"""A line that a daemon has configured and the kernel lacks is found, and one on which they agree is not reported."""

import pytest

from labs.engine.state.facts import Section
from labs.engine.state.unapplied import Lack, unapplied

INTERFACES = {"eth0 up": "yes", "eth0 addresses": "192.0.2.1/24\n2001:db8:0:1::1/64"}
SETTINGS = {"net.ipv4.ip_forward": "1", "net.ipv6.conf.all.forwarding": "1"}
ROUTES = {"2001:db8:7::/48": "static via 2001:db8:0:1::2 dev eth0", "::/0": "static via 2001:db8:0:1::2 dev eth0"}


def found(config, **facts):
    sections = {
        Section.INTERFACES: INTERFACES,
        Section.SETTINGS: SETTINGS,
        Section.ROUTES: ROUTES,
        Section.CONFIG: config,
    }
    return [(one.line, one.lack) for one in unapplied({"r1": {**sections, **facts}})]


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ("interface eth0", "ip address 192.0.2.1/24"),
        ("interface eth0", "ipv6 address 2001:DB8:0:1::1/64"),
        ("interface eth0", "ipv6 address fe80::1/64"),
        ("interface eth0", "ipv6 nd prefix 2001:db8:9::/64"),
        ("", "ipv6 route 2001:db8:7::/48 2001:db8:0:1::2"),
        ("", "ipv6 route ::/0 2001:db8:0:1::2"),
        ("", "ip route 198.51.100.0/24 192.0.2.9 vrf red"),
        ("", "ip forwarding"),
        ("", "router bgp 64500"),
        ("protocol static hosts", "route 2001:db8:7::/48 via 2001:db8:0:1::2"),
        ("router bgp 64500", "neighbor 2001:db8:0:1::2 remote-as 64501"),
    ],
)
def test_what_the_kernel_has_is_not_reported(block, line):
    assert found({block: line}) == []


@pytest.mark.parametrize(
    ("block", "line", "lack"),
    [
        ("interface eth0", "ipv6 address 2001:db8:0:2::2/64", Lack.ADDRESS),
        ("interface eth0", "ip address 192.0.2.1/25", Lack.ADDRESS),
        ("interface eth0", "shutdown", Lack.SHUTDOWN),
        ("", "ip route 198.51.100.0/24 192.0.2.9", Lack.ROUTE),
        ("", "ipv6 route 2001:db8:8::/48 blackhole", Lack.ROUTE),
        ("", "no ipv6 forwarding", Lack.FORWARDING),
        ("protocol static hosts", "route 2001:db8:8::/48 via 2001:db8:0:1::2", Lack.ROUTE),
    ],
)
def test_each_kind_that_the_kernel_lacks_is_reported_with_its_line(block, line, lack):
    assert found({block: line}) == [(line, lack)]


def test_an_interface_that_does_not_exist_is_reported_once_and_not_its_addresses():
    config = {"interface eth9": "ip address 192.0.2.1/24\nshutdown"}
    assert found(config) == [("interface eth9", Lack.INTERFACE)]


def test_nothing_is_said_of_a_node_that_did_not_answer_in_all_its_parts():
    state = {"r1": {Section.CONFIG: {"interface eth0": "ip address 192.0.2.9/24"}}}
    assert unapplied(state) == []
