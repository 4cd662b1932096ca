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
