"""Check type ``bgp.session``."""

import pytest

from tests.labs.engine.checks.judging import FAILED, PASSED, outcome


@pytest.mark.parametrize("kind", ["frr", "bird"])
def test_a_bgp_session_is_the_same_in_frr_and_in_bird(kind, r1, b1, vty, bird):
    node, answer = (r1, vty("bgp-summary")) if kind == "frr" else (b1, bird("protocols-all"))
    peer, received = ("2001:db8:0:1::2", 3) if kind == "frr" else ("2001:db8:1::2", 2)
    good = {"peer": peer, "remote_as": 65002, "received": received, "sent": ">=1"}
    assert outcome("bgp.session", good, node, answer) is PASSED
    assert outcome("bgp.session", good | {"remote_as": 65003}, node, answer) is FAILED
    assert outcome("bgp.session", {"peer": "2001:db8::99"}, node, answer) is FAILED
    assert outcome("bgp.session", {"peer": "2001:db8::99", "present": False}, node, answer) is PASSED
