"""Check types ``path.*``."""

from labs.engine.checks import TYPES
from tests.labs.engine.checks.judging import FAILED, PASSED, UNKNOWN, judge, outcome

REJECTED = {"hops": ["2001:db8::1", *["2001:db8::2"] * 8, None, "2001:db8::2"]}


def test_failover_may_expect_a_router_on_the_new_path(h1):
    ping, expect = {"sent": 2, "received": 2}, {"to": "2001:db8::1", "via": "2001:db8::7"}
    assert outcome("path.failover", expect, h1, ping, {"hops": ["2001:db8::6", None, "2001:db8::7"]}) is PASSED
    assert outcome("path.failover", expect, h1, ping, {"hops": ["2001:db8::6"]}) is FAILED
    assert outcome("path.failover", {"to": "2001:db8::1"}, h1, {"sent": 2, "received": 0}) is FAILED


def recovery(node, **answer):
    check = TYPES["path.failover"].parse({"to": "2001:db8::1"}).recovery(10.0, 1)
    [ask] = check.asks([node])
    assert (ask["until"], ask["steady"], ask["count"]) == (10.0, 1, 1)
    return check.judge([node], [{"ok": True, "errors": [], **answer}])


def test_the_time_of_a_recovery_is_that_of_the_request_that_was_answered(h1):
    found = recovery(h1, sent=60, received=1, after=4.217, before=4.1)
    assert (found.outcome, found.evidence) == (PASSED, {"recovered_after": 4.22})
    assert recovery(h1, sent=99, received=0, after=None, before=9.9).outcome is FAILED
    assert recovery(h1, sent=99, received=9, after=10.2, before=10.1).outcome is FAILED


def test_nobody_knows_whether_a_path_worked_while_a_busy_server_sent_nothing(h1):
    found = recovery(h1, sent=20, received=0, after=None, before=2.5)
    assert found.outcome is UNKNOWN
    assert "from 2.5 s to 10.0 s" in str(found.seen)


def test_a_traceroute_must_arrive_on_the_expected_path(h1):
    expect = {"to": "3fff:505::1", "hops": ["3fff:496:0:1::1"]}
    arrived = {"hops": ["2001:db8:500:1::1", "3fff:496:0:1::1", "3fff:505::1"]}
    assert judge("path.trace", expect, h1, arrived).outcome is PASSED
    assert judge("path.trace", {**expect, "hops": {"none": ["3fff:496:0:1::1"]}}, h1, arrived).outcome is FAILED
    lost = judge("path.trace", expect, h1, {"hops": ["2001:db8:500:1::1", "3fff:496:0:1::1", None]})
    assert lost.outcome is FAILED
    assert "?" in str(lost.seen)
    assert judge("path.trace", expect, h1, {"hops": []}).outcome is FAILED


def test_a_router_that_answers_unreachable_at_each_hop_limit_is_on_the_path_once(h1):
    lost = judge("path.trace", {"to": "3fff:505::1", "hops": ["2001:db8::1"]}, h1, REJECTED)
    assert str(lost.seen) == "The path is 2001:db8::1, 2001:db8::2"
