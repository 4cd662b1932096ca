"""Check type ``ping``."""

from labs.engine.checks import TYPES
from labs.engine.definition.ad_hoc import ad_hoc_lab
from rigs.diagnose.fault_network import cable
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


def test_no_router_is_spoken_of_where_both_ends_share_a_link(h1, r1):
    """Regression: two nodes with a cable between them were told that each router on the path needs a route."""
    ends = cable("h1:eth0", "r1:eth0", "2001:db8:1::1/64", "")
    lab = ad_hoc_lab("pair", [h1, r1], [ends])
    answer = {"ok": True, "sent": 2, "received": 0, "errors": []}

    def told(to, node):
        return str(TYPES["ping"].parse({"to": to}).placed(lab).judge([node], [answer]).cause)

    assert "router" not in told("2001:db8:1::2", h1).replace("no router is between them", "")
    assert "Both ends share a link" in told("2001:db8:1::2", h1)
    assert "Each router on the path" in told("2001:db8:2::2", h1)
    assert "Each router on the path" in told("2001:db8:1::2", r1)
