"""Check types ``flow.*``."""

import pytest

from labs.engine.checks import TYPES, BadExpect
from tests.labs.engine.checks.judging import FAILED, PASSED, UNKNOWN, judge, outcome

FLOW = {"to": "h2", "address": "2001:db8::2", "protocol": "tcp", "port": 22}


def test_a_flow_gets_through_or_not(h1):
    assert outcome("flow.allow", FLOW, h1, {"arrived": True}) is PASSED
    assert outcome("flow.allow", FLOW, h1, {"arrived": False, "error": "timed out"}) is FAILED
    assert outcome("flow.allow", FLOW, h1, {"arrived": "yes"}) is UNKNOWN


def test_a_blocked_flow_proves_nothing_without_its_control(h1):
    expect = FLOW | {"control": {"port": 80, "from": "h3"}}
    yes, no = {"arrived": True}, {"arrived": False}
    assert outcome("flow.block", expect, h1, no, yes) is PASSED
    assert outcome("flow.block", expect, h1, yes, yes) is FAILED
    finding = judge("flow.block", expect, h1, no, no)
    assert (finding.outcome, "Nothing arrives, not even the allowed flow" in str(finding.seen)) == (FAILED, True)
    control = TYPES["flow.block"].parse(expect).asks([h1])[1]
    assert (control["node"], control["port"], control["to"]) == ("h3", 80, "h2")
    for bad in (FLOW, FLOW | {"control": {}}, FLOW | {"control": {"port": 22}}):
        with pytest.raises(BadExpect):
            TYPES["flow.block"].parse(bad)


def test_a_port_that_a_program_holds_fails_and_says_so(h1):
    """As an unknown it would cost nothing, and a learner could hold the port to pass by a blocked flow."""
    held = {"arrived": False, "held": True, "error": ""}
    expect = FLOW | {"control": {"port": 80}}
    for kind, finding in (
        ("allow", judge("flow.allow", FLOW, h1, held)),
        ("block", judge("flow.block", expect, h1, held, {"arrived": True})),
        ("control", judge("flow.block", expect, h1, {"arrived": False}, held)),
    ):
        assert finding.outcome is FAILED, kind
        assert "is in use" in str(finding.seen)
    assert "uses port 80" in str(finding.cause)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("h1 cannot send: Network is unreachable.", "has no route to h2"),
        ("Port 9000 of h2: Address already in use.", "uses the port on which this check listens"),
    ],
)
@pytest.mark.parametrize("kind", ["rate.limit", "loss.max", "sav.spoof_blocked"])
def test_traffic_that_could_not_be_sent_does_not_say_reset_the_node(kind, error, words, h1):
    more = {"rate.limit": {"rate": 1}, "loss.max": {"loss": 0}, "sav.spoof_blocked": {"source": "2001:db8:bad::1"}}[
        kind
    ]
    check = TYPES[kind].parse({"to": "h2", "address": "2001:db8::2", **more})
    finding = check.judge([h1], [{"ok": False, "kind": "refused", "error": error}])
    assert finding.outcome is FAILED
    assert words in str(finding.cause)
