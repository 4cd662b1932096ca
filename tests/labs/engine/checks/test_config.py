"""Check types ``config.*``."""

import pytest

from labs.engine.checks import TYPES
from labs.engine.checks.base import BadExpect
from tests.labs.engine.checks.judging import FAILED, PASSED, outcome

ROUTE = "ipv6 route ::/0 2001:db8:0:12::2"


def printed(*lines):
    return {"outputs": ["\n".join(["Current configuration:", "!", "frr version 10.3", *lines, "end"])]}


@pytest.mark.parametrize("name", ["config.absent", "config.contains", "config.saved"])
@pytest.mark.parametrize("daemon", ["staticd", "ripd", "ripngd"])
def test_a_daemon_that_prints_no_lines_is_refused(name, daemon):
    """It always passed that they are absent: FRR 10 keeps them in mgmtd."""
    expect = {"daemon": daemon} | ({} if name == "config.saved" else {"lines": [ROUTE]})
    with pytest.raises(BadExpect, match="Write daemon: mgmtd"):
        TYPES[name].parse(expect)


@pytest.mark.parametrize("line", [ROUTE, "ip route 0.0.0.0/0 192.0.2.1", "interface eth0", " ipv6 nd ra-interval 10"])
def test_lines_that_zebra_does_not_print_are_refused(line):
    with pytest.raises(BadExpect, match="mgmtd keeps this line"):
        TYPES["config.absent"].parse({"daemon": "zebra", "lines": [line]})


def test_a_line_that_mgmtd_prints_is_not_absent(r1):
    expect = {"daemon": "mgmtd", "lines": [ROUTE]}
    assert outcome("config.absent", expect, r1, printed(ROUTE)) is FAILED
    assert outcome("config.absent", expect, r1, printed()) is PASSED
    assert (
        outcome("config.absent", {"daemon": "zebra", "lines": ["ip nht resolve-via-default"]}, r1, printed()) is PASSED
    )
