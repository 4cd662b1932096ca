"""Regular expressions, said in words to a learner."""

import pytest

from labs.engine.checks import patterns
from labs.engine.definition.spec import Check
from labs.engine.grading.verdicts import verdict
from tests.labs.engine.checks.judging import FAILED, judge


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("Kiosk", "a text that contains “Kiosk”"),
        ("^220 mail.example.org ", "a text that begins with “220 mail.example.org”"),
        ("done$", "a text that ends with “done”"),
        ("^lost 0 of 100$", "the text “lost 0 of 100”"),
        (r"^25[67] 3 13 ", "a text that matches ^25[67] 3 13 "),
        ("a.*b", "a text that matches a.*b"),
        ("^$", "a text that matches ^$"),
    ],
)
def test_plain_words_are_said_as_words(pattern, said):
    assert str(patterns.as_text(pattern)) == said


def check(**rest):
    return Check(id="a", type="file.content", title="The address is in the file", on=("h1",), expect={}, **rest)


@pytest.mark.parametrize(
    ("name", "expect", "answer"),
    [
        ("file.content", {"path": "/x", "regex": r"^\s*address\s+2001"}, {"exists": True, "text": "auto eth0"}),
        ("file.content", {"path": "/x", "regex": "x|y", "contains": ["auto"]}, {"exists": True, "text": "auto eth0"}),
        ("command.output", {"command": "ip link", "regex": "eth[0-9]: "}, {"json": ["lo"]}),
        ("json.match", {"command": "ip link", "query": "[0]", "value": {"regex": "^eth[0-9]"}}, {"json": ["lo"]}),
    ],
)
def test_a_learner_reads_the_title_in_place_of_a_regular_expression(h1, name, expect, answer):
    finding = judge(name, expect, h1, answer)
    assert finding.outcome is FAILED
    made = verdict(check(), "s", finding, 1.0)
    assert str(made.expected) == "The address is in the file"
    for sign in ("[0-9]", "\\s", "x|y"):
        assert sign not in str(made.seen)


def test_plain_words_stay_in_what_is_expected_and_seen(h1):
    finding = judge("file.content", {"path": "/x", "regex": "^Received"}, h1, {"exists": True, "text": "no"})
    made = verdict(check(), "s", finding, 1.0)
    assert str(made.expected) == "/x with: a text that begins with “Received”"
    assert str(made.seen) == "/x lacks: a text that begins with “Received”"
