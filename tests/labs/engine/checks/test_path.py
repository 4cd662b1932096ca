"""Check types ``path.*``."""

from tests.labs.engine.checks.judging import FAILED, PASSED, judge, outcome


def test_failover_may_expect_a_router_on_the_new_path(h1):
    ping, expect = {"sent": 2, "received": 2}, {"to": "2001:db8::1", "via": "2001:db8::7"}
    assert outcome("path.failover", expect, h1, ping, {"hops": ["2001:db8::6", None, "2001:db8::7"]}) is PASSED
    assert outcome("path.failover", expect, h1, ping, {"hops": ["2001:db8::6"]}) is FAILED
    assert outcome("path.failover", {"to": "2001:db8::1"}, h1, {"sent": 2, "received": 0}) is FAILED


def test_a_traceroute_must_arrive_on_the_expected_path(h1):
    expect = {"to": "3fff:505::1", "hops": ["3fff:496:0:1::1"]}
    arrived = {"hops": ["2001:db8:500:1::1", "3fff:496:0:1::1", "3fff:505::1"]}
    assert judge("path.trace", expect, h1, arrived).outcome is PASSED
    assert judge("path.trace", {**expect, "hops": {"none": ["3fff:496:0:1::1"]}}, h1, arrived).outcome is FAILED
    lost = judge("path.trace", expect, h1, {"hops": ["2001:db8:500:1::1", "3fff:496:0:1::1", None]})
    assert lost.outcome is FAILED
    assert "?" in str(lost.seen)
    assert judge("path.trace", expect, h1, {"hops": []}).outcome is FAILED
