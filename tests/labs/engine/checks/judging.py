"""Judges a check over given answers, for the tests of check types."""

from labs.engine.checks import TYPES, Outcome

PASSED, FAILED, UNKNOWN = Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN


def judge(kind, expect, node, *answers):
    check = TYPES[kind].parse(expect)
    assert len(check.asks([node])) == len(answers)
    return check.judge([node], [{"ok": True, **answer} for answer in answers])


def outcome(*args):
    return judge(*args).outcome
