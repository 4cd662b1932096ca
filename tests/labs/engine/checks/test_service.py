"""Check types ``service.*``: what a client sees."""

import pytest

from labs.engine.checks import TYPES, BadExpect
from labs.engine.diagnosis import diagnosis
from tests.labs.engine.checks.judging import FAILED, PASSED, judge, outcome

TO = {"to": "2001:db8::80"}
OK = {"status": 200, "headers": {"content-type": "text/html; charset=utf-8", "allow": "GET"}, "body": "hello"}


def test_a_refused_connection_says_that_nothing_listens_and_is_not_explained_otherwise(h1):
    refused = {"error": "2001:db8::80 port 80: Connection refused."}
    for kind, answer in (
        ("service.tcp", {"connected": False, **refused}),
        ("service.http", {"status": None, **refused}),
    ):
        expect = TO | ({"port": 80} if kind == "service.tcp" else {})
        finding = judge(kind, expect, h1, answer)
        assert (finding.outcome, "nothing listens" in str(finding.cause)) == (FAILED, True)
        further = diagnosis.diagnosis_for(TYPES[kind].parse(expect), h1, finding.evidence)
        assert diagnosis.run([further(None)], lambda asks: []) == [None]
        silent = judge(kind, expect, h1, {**answer, "error": "no answer in time"})
        assert diagnosis.diagnosis_for(TYPES[kind].parse(expect), h1, silent.evidence) is not None


def test_the_headers_of_the_answer_are_compared(h1):
    good = TO | {"headers": {"Content-Type": {"regex": "^text/html"}, "allow": "GET"}}
    assert outcome("service.http", good, h1, OK) is PASSED
    finding = judge("service.http", TO | {"headers": {"x-frame-options": "DENY"}}, h1, OK)
    assert (finding.outcome, str(finding.cause)) == (FAILED, "Not as expected: x-frame-options")
    assert "x-frame-options: –" in str(finding.seen)


def test_the_method_and_the_body_go_out_and_into_the_command(h1):
    check = TYPES["service.http"].parse(TO | {"method": "POST", "sends": "a=1", "path": "/form"})
    [ask] = check.asks([h1])
    assert (ask["method"], ask["sends"]) == ("POST", "a=1")
    assert check.command_on(h1) == "curl -i -X POST --data-raw a=1 'http://[2001:db8::80]/form'"
    assert "method" not in TYPES["service.http"].parse(TO).asks([h1])[0]


@pytest.mark.parametrize("headers", [{}, {"a b": "x"}, {"x": {"almost": "y"}}, ["x"]])
def test_headers_that_can_never_be_there_are_a_mistake_of_the_file(headers):
    with pytest.raises(BadExpect):
        TYPES["service.http"].parse(TO | {"headers": headers})
