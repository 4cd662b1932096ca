"""FRR's prefix lists and route-maps, applied to a prefix."""

import ipaddress

import pytest

from labs.engine.adapters import frr_policy
from tests.labs.engine.diagnosis.networks import frr

LISTS = """ipv6 prefix-list GOOD seq 10 deny 2001:db8::/32 le 128
ipv6 prefix-list GOOD seq 20 permit ::/0 le 48
route-map IN deny 5
 match rpki invalid
exit
route-map IN permit 10
 match ipv6 address prefix-list GOOD
exit
route-map ODD permit 10
 match community LOCAL
exit
"""


@pytest.mark.parametrize(
    ("prefix", "permits"), [("2001:db8:1::/48", False), ("3fff::/20", True), ("3fff:1:2:3::/64", False)]
)
def test_a_prefix_list_is_read_line_by_line(prefix, permits):
    assert frr_policy.prefix_list(frr(LISTS), "GOOD", ipaddress.ip_network(prefix)).permits is permits


def test_a_route_map_that_is_not_understood_decides_nothing():
    net = ipaddress.ip_network("3fff::/20")
    assert frr_policy.route_map(frr(LISTS), "IN", net, "valid").permits is True
    assert frr_policy.route_map(frr(LISTS), "IN", net, "invalid").by == "route-map IN deny 5"
    assert frr_policy.route_map(frr(LISTS), "IN", net).permits is None
    assert frr_policy.route_map(frr(LISTS), "ODD", net).permits is None


AS_PATHS = """bgp as-path access-list OURS seq 5 deny _64511_
bgp as-path access-list OURS seq 10 permit ^64500( 64501)*$
bgp as-path access-list LOOK seq 5 permit ^(?=64500)
route-map IN permit 10
 match as-path OURS
exit
"""


@pytest.mark.parametrize(
    ("path", "permits"),
    [("64500", True), ("64500 64501 64501", True), ("64500 64511", False), ("64500 645110", False), ("", False)],
)
def test_an_as_path_list_is_read_line_by_line(path, permits):
    assert frr_policy.as_path_list(frr(AS_PATHS), "OURS", path.split()).permits is permits
    net = ipaddress.ip_network("3fff::/20")
    assert frr_policy.route_map(frr(AS_PATHS), "IN", net, path=path.split()).permits is permits


def test_an_as_path_list_that_cannot_be_read_decides_nothing_and_a_missing_one_denies():
    assert frr_policy.as_path_list(frr(AS_PATHS), "LOOK", ["64500"]).permits is None
    assert frr_policy.as_path_list(frr(AS_PATHS), "NONE", ["64500"]).permits is False
    assert frr_policy.route_map(frr(AS_PATHS), "IN", ipaddress.ip_network("3fff::/20")).permits is None
