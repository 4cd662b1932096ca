"""Check types ``file.*``."""

import pytest

from labs.engine.checks import TYPES, BadExpect
from tests.labs.engine.checks.judging import FAILED, PASSED, judge, outcome


def test_a_file_contains_the_expected_texts(r1):
    file = {"exists": True, "text": "router ospf6\n  ospf6 router-id 1.1.1.1\n", "truncated": False}
    expect = {"path": "/etc/frr/frr.conf"}
    assert (
        outcome("file.content", expect | {"contains": ["router ospf6"], "regex": "router-id 1[.]"}, r1, file) is PASSED
    )
    finding = judge("file.content", expect | {"contains": ["router bgp"]}, r1, file)
    assert (finding.outcome, "write memory" in str(finding.cause)) == (FAILED, True)
    assert outcome("file.content", expect | {"absent": ["router ospf6"]}, r1, file) is FAILED
    assert outcome("file.content", expect, r1, {"exists": False}) is FAILED
    assert outcome("file.content", expect | {"present": False}, r1, {"exists": False}) is PASSED
    for bad in (
        {"path": "etc/passwd"},
        {"path": "/etc/../x"},
        expect | {"regex": "("},
        expect | {"present": False, "regex": "x"},
    ):
        with pytest.raises(BadExpect):
            TYPES["file.content"].parse(bad)
