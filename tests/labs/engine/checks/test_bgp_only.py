"""Check type ``bgp.only``: route leaks."""

import pytest

from labs.engine.definition.spec import Kind, Node
from tests.labs.engine.checks.judging import FAILED, PASSED, judge

OURS = {"neighbor_as": 64500, "prefixes": ["2001:DB8:500::/48"]}


@pytest.fixture
def south():
    return Node(name="south", kind=Kind.BIRD)


def test_exactly_the_expected_prefixes_pass(south, bird):
    finding = judge("bgp.only", OURS, south, bird("bgp-from-64500"))
    assert finding.outcome is PASSED
    assert finding.command == "birdc 'show route all where bgp_path.first = 64500'"


def test_a_leak_is_named_with_its_path(south, bird):
    finding = judge("bgp.only", OURS, south, bird("bgp-leak-64500"))
    assert finding.outcome is FAILED
    assert "64500 64496 64505" in str(finding.seen)
    assert "leak" in str(finding.cause)


def test_a_neighbour_that_sends_nothing_does_not_pass(south):
    finding = judge("bgp.only", OURS, south, {"output": ""})
    assert (finding.outcome, str(finding.cause)) == (
        FAILED,
        "2001:db8:500::/48 was not sent: it is not in the sender's BGP table, or its export policy drops it.",
    )


def test_an_extra_prefix_of_its_own_fails_but_is_not_a_leak(south, bird):
    finding = judge("bgp.only", {**OURS, "prefixes": ["2001:db8:9::/48"]}, south, bird("bgp-from-64500"))
    assert (finding.outcome, str(finding.cause)) == (
        FAILED,
        "This AS sends more of its own routes than it should: 2001:db8:500::/48",
    )


def test_the_bgp_table_of_frr_is_read_too(r1, vty):
    from_south = {"neighbor_as": 64511, "prefixes": ["3fff:511::/32", "3fff:505::/32"]}
    assert judge("bgp.only", from_south, r1, vty("bgp-table")).outcome is PASSED
    assert judge("bgp.only", {**from_south, "prefixes": ["3fff:511::/32"]}, r1, vty("bgp-table")).outcome is FAILED
