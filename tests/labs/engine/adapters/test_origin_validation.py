"""Route origin validation by RFC 6811, section 2, and the cases that it leaves to the reader: AS 0, no origin, two ROAs."""

from ipaddress import ip_network

import pytest

from labs.engine.adapters.origin_validation import covering, validity
from labs.engine.adapters.routing_state import RpkiVrp


def vrp(prefix, origin, longest):
    return RpkiVrp(ip_network(prefix), origin, longest)


ROA = vrp("2001:db8::/32", 64496, 48)


@pytest.mark.parametrize(
    ("prefix", "origin", "vrps", "state"),
    [
        ("2001:db8:1::/48", 64496, [ROA], "valid"),
        ("2001:db8:1::/48", 64497, [ROA], "invalid"),
        ("2001:db8:1:1::/64", 64496, [ROA], "invalid"),
        ("2001:db8:1:1::/64", 64496, [ROA, vrp("2001:db8:1::/48", 64496, 64)], "valid"),
        ("2001:db8:1::/48", 64497, [ROA, vrp("2001:db8::/32", 64497, 48)], "valid"),
        ("2001::/16", 64496, [ROA], "not found"),
        ("3fff::/20", 64496, [ROA], "not found"),
        ("2001:db8:1::/48", None, [ROA], "invalid"),
        ("2001:db8:1::/48", 64496, [vrp("2001:db8::/32", 0, 48)], "invalid"),
        ("2001:db8:1::/48", 64496, [vrp("2001:db8::/32", 64496, None)], "invalid"),
        ("192.0.2.0/24", 64496, [ROA, vrp("192.0.2.0/24", 64496, 24)], "valid"),
        ("192.0.2.0/24", 64496, [], "not found"),
    ],
    ids=[
        "covered, right origin",
        "another origin",
        "longer than the maximum length",
        "a second ROA allows the length",
        "a second ROA allows the origin",
        "shorter than the ROA",
        "another prefix",
        "a path without an origin",
        "AS 0",
        "a maximum length that could not be read",
        "IPv4 beside IPv6",
        "no ROA at all",
    ],
)
def test_a_route_is_valid_if_one_covering_roa_has_its_origin_and_allows_its_length(prefix, origin, vrps, state):
    assert validity(ip_network(prefix), origin, vrps) == state


def test_roas_that_cover_a_prefix_keep_their_order():
    longer = vrp("2001:db8:1::/48", 64497, 48)
    assert covering(ip_network("2001:db8:1::/48"), [longer, ROA, vrp("3fff::/20", 64496, 20)]) == [longer, ROA]
