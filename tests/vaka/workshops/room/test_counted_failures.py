"""The failed verdicts that say something about a learner: those of the stage in which they were, and of earlier ones."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from vaka.workshops.room.counted_failures import Seen, failures_in

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
STAGES = {"addresses": ["r1-up", "r2-up"], "routing": ["session"], "policy": ["filtered"]}
LAB = SimpleNamespace(
    stages=[SimpleNamespace(id=stage) for stage in STAGES],
    checks=lambda: [SimpleNamespace(id=check, show="always") for checks in STAGES.values() for check in checks],
)


def attempt(number, *passed, minute=0, worked=None, assisted=()):
    worked_at = NOON + timedelta(minutes=minute if worked is None else worked)
    return [
        Seen(
            number,
            1,
            "session",
            "lab",
            NOON + timedelta(minutes=minute),
            worked_at,
            assisted,
            stage,
            check,
            "passed" if check in passed else "failed",
        )
        for stage, checks in STAGES.items()
        for check in checks
    ]


def counted(*attempts, came=None):
    first = {("session", check): NOON + timedelta(minutes=minute) for check, minute in (came or {}).items()}
    return [one.check for one in failures_in([row for rows in attempts for row in rows], {"lab": LAB}, first)]


def test_a_failure_counts_in_the_stage_in_which_the_learner_is():
    assert counted(attempt(1, "r1-up")) == ["r2-up"]


def test_an_attempt_that_completes_a_stage_counts_no_failure_of_the_next_one():
    assert counted(attempt(1, "r1-up", "r2-up")) == []


def test_the_next_attempt_counts_the_failures_of_the_next_stage():
    assert counted(attempt(1, "r1-up", "r2-up"), attempt(2, "r1-up", "r2-up", minute=5)) == ["session"]


def test_who_has_worked_since_a_stage_passed_was_in_the_next_one():
    came = {"r1-up": 2, "r2-up": 3}
    assert counted(attempt(1, "r1-up", "r2-up", minute=10, worked=9), came=came) == ["session"]


def test_who_asks_because_a_stage_is_complete_has_not_tried_the_next_one():
    came = {"r1-up": 2, "r2-up": 3}
    assert counted(attempt(1, "r1-up", "r2-up", minute=10, worked=2.9), came=came) == []


def test_a_stage_that_the_site_did_counts_as_done():
    assert counted(attempt(1, assisted=["addresses"])) == ["r1-up", "r2-up", "session"]


def test_failures_of_a_lab_that_is_not_here_any_more_do_not_count():
    assert failures_in(attempt(1), {}, {}) == []
