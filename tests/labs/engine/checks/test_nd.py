"""Check type ``nd.neighbor``."""

from tests.labs.engine.checks.judging import FAILED, PASSED, outcome


def test_a_neighbour_is_known_when_it_has_a_link_layer_address(r1, ip):
    answer = ip("neigh-r1")
    assert outcome("nd.neighbor", {"address": "2001:db8:0:a1::10"}, r1, answer) is PASSED
    assert outcome("nd.neighbor", {"address": "2001:db8:0:a1::10", "interface": "eth3"}, r1, answer) is FAILED
    state = {"address": "2001:db8:0:a1::10", "state": {"in": ["REACHABLE", "DELAY"]}}
    assert outcome("nd.neighbor", state, r1, answer) is PASSED
    assert outcome("nd.neighbor", {"address": "2001:db8::9"}, r1, answer) is FAILED
    assert outcome("nd.neighbor", {"address": "2001:db8::9", "present": False}, r1, answer) is PASSED
    failed = {"json": [{"dst": "2001:db8::9", "dev": "eth0", "state": ["FAILED"]}]}
    assert outcome("nd.neighbor", {"address": "2001:db8::9"}, r1, failed) is FAILED
