"""The questions that take long, and the checks that run side by side because of that."""

from labs.engine.definition.spec import Check
from labs.engine.grading import slow_asks
from tests.labs.engine.grading.test_grading import lab, sysctl


def ping(name, **more):
    return Check(id=name, type="ping", title=name, on=("r1",), expect={"to": "2001:db8::1"}, **more)


def test_a_capture_is_slower_than_a_ping_and_a_sysctl_is_fast():
    asks = [{"ask": kind} for kind in ("sysctl", "ping", "capture")]
    assert sorted(asks, key=slow_asks.slowness) == asks
    assert slow_asks.slowness(asks[0]) == -1
    assert slow_asks.slowest(asks) == slow_asks.slowness(asks[2])
    assert slow_asks.slowest([]) == -1


def test_checks_run_together_with_those_as_slow_as_they_are():
    assert slow_asks.side_by_side(lab((sysctl("a"), ping("b"), sysctl("c")))) == {"": ["a", "c"], "ping": ["b"]}


def test_a_fast_check_that_needs_a_slow_one_is_as_slow():
    needs_it = sysctl("a", needs=("b",))
    assert slow_asks.side_by_side(lab((needs_it, ping("b")))) == {"ping": ["a", "b"]}
