"""Check type ``sysctl.value``."""

import pytest

from labs.engine.checks import TYPES, BadExpect
from tests.labs.engine.checks.judging import FAILED, PASSED, outcome


def test_a_sysctl_is_compared_with_its_present_value(r1):
    expect = {"key": "net.ipv6.conf.all.forwarding", "value": 1}
    assert outcome("sysctl.value", expect, r1, {"value": "1\n"}) is PASSED
    assert outcome("sysctl.value", expect, r1, {"value": "0"}) is FAILED
    assert outcome("sysctl.value", expect | {"value": {"in": [1, 2]}}, r1, {"value": "2"}) is PASSED
    with pytest.raises(BadExpect):
        TYPES["sysctl.value"].parse({"key": "kernel.panic", "value": 1})
