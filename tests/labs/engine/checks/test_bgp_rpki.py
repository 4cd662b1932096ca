"""What the checks of leaks, route origin validation and traces say of recorded answers."""

import pytest

from labs.engine.checks import TYPES, Outcome
from labs.engine.definition.spec import Kind, Node

PASSED, FAILED = Outcome.PASSED, Outcome.FAILED
OURS = {"neighbor_as": 64500, "prefixes": ["2001:DB8:500::/48"]}
CACHE = {"address": "2001:db8:500:3::323", "port": 3323}
ROA = {"prefix": "3fff:505::/32", "origin_as": 64505, "max_length": 32}


def judge(kind, expect, node, answer):
    check = TYPES[kind].parse(expect)
    assert len(check.asks([node])) == 1
    return check.judge([node], [{"ok": True, **answer}])


@pytest.fixture
def south():
    return Node(name="south", kind=Kind.BIRD)


@pytest.fixture
def vty(recorded):
    return lambda name: {"outputs": [recorded(f"frr-10.3-{name}.json")]}


@pytest.fixture
def bird(recorded):
    return lambda name: {"output": recorded(f"bird-2.17-{name}.txt")}


def test_a_neighbour_that_hears_one_prefix_sees_no_leak(south, bird):
    finding = judge("bgp.only", OURS, south, bird("bgp-from-64500"))
    assert finding.outcome is PASSED
    assert finding.command == "birdc 'show route all where bgp_path.first = 64500'"


def test_a_leak_is_named_with_its_path(south, bird):
    finding = judge("bgp.only", OURS, south, bird("bgp-leak-64500"))
    assert finding.outcome is FAILED
    assert "64500 64496 64505" in str(finding.seen)
    assert "leak" in str(finding.cause)


def test_silence_is_no_proof_against_a_leak(south):
    finding = judge("bgp.only", OURS, south, {"output": ""})
    assert (finding.outcome, str(finding.cause)) == (
        FAILED,
        "2001:db8:500::/48 was not sent: it is not in the sender's BGP table, or its export policy drops it.",
    )


def test_an_own_prefix_too_many_is_no_leak_but_wrong(south, bird):
    finding = judge("bgp.only", {**OURS, "prefixes": ["2001:db8:9::/48"]}, south, bird("bgp-from-64500"))
    assert (finding.outcome, str(finding.cause)) == (
        FAILED,
        "This AS sends more of its own routes than it should: 2001:db8:500::/48",
    )


def test_the_table_of_frr_is_read_too(r1, vty):
    from_south = {"neighbor_as": 64511, "prefixes": ["3fff:511::/32", "3fff:505::/32"]}
    assert judge("bgp.only", from_south, r1, vty("bgp-table")).outcome is PASSED
    assert judge("bgp.only", {**from_south, "prefixes": ["3fff:511::/32"]}, r1, vty("bgp-table")).outcome is FAILED


def test_a_cache_is_one_when_the_router_is_connected_to_it(r1, vty):
    assert judge("rpki.cache", CACHE, r1, vty("rpki-cache")).outcome is PASSED
    assert judge("rpki.cache", {**CACHE, "port": 8282}, r1, vty("rpki-cache")).outcome is FAILED
    assert judge("rpki.cache", {"address": "2001:db8::9"}, r1, vty("rpki-cache")).outcome is FAILED
    assert judge("rpki.cache", {**CACHE, "present": False}, r1, vty("rpki-cache")).outcome is FAILED


def test_no_cache_and_a_cache_that_was_not_started_have_different_causes(r1, vty):
    none, stopped = (judge("rpki.cache", CACHE, r1, vty(f"rpki-cache-{how}")) for how in ("none", "stopped"))
    assert (none.outcome, stopped.outcome) == (FAILED, FAILED)
    assert str(none.cause) == "No RPKI cache is configured on r1."
    assert "Check that the cache runs" in str(stopped.cause)
    assert "rpki start" not in str(stopped.cause)  # FRR 10.3 connects by itself
    assert judge("rpki.cache", {**CACHE, "present": False}, r1, vty("rpki-cache-none")).outcome is PASSED


def test_bird_without_a_cache_says_so(south, bird):
    finding = judge("rpki.cache", CACHE, south, bird("protocols-all"))
    assert (finding.outcome, str(finding.cause)) == (FAILED, "No RPKI cache is configured on south.")
    assert judge("rpki.cache", {**CACHE, "present": False}, south, bird("protocols-all")).outcome is PASSED


def test_a_roa_is_read_with_its_length_and_its_as(r1, vty):
    assert judge("rpki.vrp", ROA, r1, vty("rpki-prefix")).outcome is PASSED
    finding = judge("rpki.vrp", {**ROA, "max_length": 48, "origin_as": 64511}, r1, vty("rpki-prefix"))
    assert (finding.outcome, str(finding.cause)) == (FAILED, "Not as expected: origin_as, max_length")
    assert judge("rpki.vrp", {"prefix": "3fff:506::/32"}, r1, vty("rpki-prefix")).outcome is FAILED
    assert judge("rpki.vrp", ROA, r1, vty("rpki-prefix-stopped")).outcome is FAILED


def test_a_route_has_its_state_of_validation(r1, vty):
    answer = vty("bgp-route-rpki")
    hijack = {"prefix": "3fff:505::/32", "origin_as": 64511, "rpki": "invalid"}
    assert judge("bgp.route", hijack, r1, answer).outcome is PASSED
    assert judge("bgp.route", {**hijack, "rpki": "valid"}, r1, answer).outcome is FAILED
    assert judge("bgp.route", {**hijack, "origin_as": 64505, "rpki": "valid"}, r1, answer).outcome is PASSED


def test_a_trace_must_arrive_and_go_the_wanted_way(h1):
    expect = {"to": "3fff:505::1", "hops": ["3fff:496:0:1::1"]}
    arrived = {"hops": ["2001:db8:500:1::1", "3fff:496:0:1::1", "3fff:505::1"]}
    assert judge("path.trace", expect, h1, arrived).outcome is PASSED
    assert judge("path.trace", {**expect, "hops": {"none": ["3fff:496:0:1::1"]}}, h1, arrived).outcome is FAILED
    lost = judge("path.trace", expect, h1, {"hops": ["2001:db8:500:1::1", "3fff:496:0:1::1", None]})
    assert lost.outcome is FAILED
    assert "?" in str(lost.seen)
    assert judge("path.trace", expect, h1, {"hops": []}).outcome is FAILED
