"""The base class of all check types."""

from labs.engine.checks import TYPES
from labs.engine.definition.spec import Kind, Node
from tests.labs.engine.checks.judging import FAILED, PASSED, UNKNOWN


def test_a_check_on_several_nodes_must_pass_on_each(r1):
    other = Node(name="r2", kind=Kind.FRR)
    check = TYPES["sysctl.value"].parse({"key": "net.ipv6.conf.all.forwarding", "value": 1})
    good, bad, broken = (
        {"ok": True, "value": "1"},
        {"ok": True, "value": "0"},
        {"ok": False, "kind": "timeout", "error": "late"},
    )
    assert check.judge([r1, other], [good, good]).outcome is PASSED
    finding = check.judge([r1, other], [good, bad])
    assert (finding.outcome, finding.node) == (FAILED, "r2")
    assert check.judge([r1, other], [broken, bad]).outcome is FAILED
    assert check.judge([r1, other], [broken, good]).outcome is UNKNOWN


def test_a_node_that_refuses_fails_and_an_unreachable_node_is_unknown(r1):
    check = TYPES["ospf6.neighbor"].parse({})
    refused = check.judge([r1], [{"ok": False, "kind": "refused", "error": "ospf6d is not running."}])
    assert refused.outcome is FAILED
    assert str(refused.seen) == "r1 answered: ospf6d is not running."
    flooded = check.judge([r1], [{"ok": False, "kind": "too_big", "error": "More than 524288 bytes came back."}])
    assert flooded.outcome is FAILED
    for kind in ("unreachable", "timeout", "something new"):
        unknown = check.judge([r1], [{"ok": False, "kind": kind, "error": "no"}])
        assert unknown.outcome is UNKNOWN
    absent = TYPES["bgp.route"].parse({"prefix": "2001:db8::/32", "present": False})
    assert absent.judge([r1], [{"ok": False, "kind": "refused", "error": "bgpd is not running."}]).outcome is FAILED
