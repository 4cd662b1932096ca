"""Check types ``net.*``."""

from tests.labs.engine.checks.judging import FAILED, PASSED, outcome

NEAR, FAR, NOBODY = "2001:db8::1", "2001:db8::2", "2001:db8:beef::1"


def loops(node, *hops):
    return outcome("net.no_loops", {"to": [NOBODY]}, node, {"hops": list(hops)})


def test_a_packet_that_two_routers_send_to_each_other_is_in_a_loop(h1):
    assert loops(h1, NEAR, FAR, NEAR, FAR) is FAILED
    assert loops(h1, NEAR, FAR, NEAR, None, NEAR) is FAILED


def test_a_loop_shows_also_if_one_of_its_routers_never_answers(h1):
    assert loops(h1, NEAR, None, NEAR, None, NEAR) is FAILED


def test_a_router_that_answers_unreachable_at_each_hop_limit_is_no_loop(h1):
    assert loops(h1, NEAR, *[FAR] * 8) is PASSED
    assert loops(h1, NEAR, *[FAR] * 6, None, FAR, None, FAR) is PASSED
    assert loops(h1, *[NEAR] * 3) is PASSED


def test_packets_that_nobody_answers_are_in_no_loop(h1):
    assert loops(h1, NEAR, None, None) is PASSED
