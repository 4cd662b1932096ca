"""Check type ``ping``."""

from labs.engine.checks import TYPES
from tests.labs.engine.checks.judging import FAILED, PASSED, UNKNOWN, judge, outcome


def test_ping_counts_replies_and_refuses_faked_ones(h1):
    expect = {"to": "2001:db8::1", "count": 3}
    assert outcome("ping", expect, h1, {"sent": 3, "received": 1, "errors": []}) is PASSED
    assert outcome("ping", expect | {"received": 3}, h1, {"sent": 3, "received": 1, "errors": []}) is FAILED
    finding = judge("ping", expect, h1, {"sent": 0, "received": 0, "errors": ["Network is unreachable"]})
    assert (finding.outcome, "Network is unreachable" in str(finding.seen)) == (FAILED, True)
    assert outcome("ping", expect, h1, {}) is UNKNOWN
    cheat = judge("ping", expect, h1, {"sent": 3, "received": 3, "errors": [], "local": True})
    assert cheat.outcome is FAILED
    assert "an address of h1 itself" in str(cheat.seen)
    faked = judge("ping", expect | {"at": "h2"}, h1, {"sent": 3, "received": 3, "errors": [], "arrived": 0})
    assert (faked.outcome, "no request arrived at h2" in str(faked.seen)) == (FAILED, True)
    assert outcome("ping", expect | {"at": "h2"}, h1, {"sent": 3, "received": 3, "errors": [], "arrived": 3}) is PASSED
    assert outcome("ping", expect | {"present": False}, h1, {"sent": 3, "received": 0}) is PASSED
    assert TYPES["ping"].parse(expect | {"source": "2001:db8::9"}).asks([h1])[0]["source"] == "2001:db8::9"
