"""Check types ``bgp.adj_in`` and ``bgp.adj_out``: what a session receives and sends, with its communities."""

from labs.engine.checks import TYPES
from tests.labs.engine.checks.judging import FAILED, PASSED, outcome

IN = {"peer": "192.0.2.4", "prefix": "2001:db8:84::/48", "as_path": {"regex": "^$"}, "next_hop": ["2001:db8:5::4"]}


def test_frr_is_asked_for_communities_only_where_some_are_expected(r1):
    without, with_them = (TYPES["bgp.adj_in"].parse(IN | more).asks([r1]) for more in ({}, {"community": ["65010:7"]}))
    assert "detail" not in str(without)
    assert with_them[0]["commands"] == ["show bgp ipv6 unicast neighbors 192.0.2.4 received-routes detail json"]


def test_the_communities_that_a_peer_sends_are_seen(r1, vty):
    expect = IN | {
        "community": {"exact": ["65010:7", "no-export"]},
        "large_community": ["65010:1:4"],
        "ext_community": ["rt:65010:77"],
    }
    assert outcome("bgp.adj_in", expect, r1, vty("bgp-received-detail")) is PASSED
    assert (
        outcome("bgp.adj_in", expect | {"community": {"none": ["65010:7"]}}, r1, vty("bgp-received-detail")) is FAILED
    )


def test_the_communities_that_a_router_sends_are_seen(r1, vty):
    expect = {"peer": "192.0.2.5", "prefix": "2001:db8:95::/48", "family": "ipv6", "community": ["65010:9"]}
    assert outcome("bgp.adj_out", expect, r1, vty("bgp-advertised-detail")) is PASSED
    assert outcome("bgp.adj_out", expect | {"community": ["65010:7"]}, r1, vty("bgp-advertised-detail")) is FAILED


def test_bird_shows_the_communities_without_being_asked(b1, bird):
    expect = {
        "peer": "192.0.2.3",
        "prefix": "198.51.100.4/32",
        "ext_community": ["rt:65010:77"],
        "community": ["no-export"],
    }
    assert outcome("bgp.adj_in", expect, b1, bird("bgp-routes-reflected")) is PASSED
