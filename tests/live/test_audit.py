"""The audit, in the tests' time: all attempts, and one family with its controls. `make audit` does all of it."""

import pytest

from labs.audit.attempt import Family
from labs.audit.families import ALL, abuse
from labs.audit.run import audit

pytestmark = pytest.mark.live


def told(results):
    return [f"{result.attempt.id} {result.attempt.title}: {result.outcome.said}" for result in results]


def test_no_attempt_comes_through():
    results = audit(controlled=False)
    assert told(result for result in results if result.outcome.through) == []
    assert len(results) >= 55


def test_with_one_wall_away_an_attempt_comes_through():
    results = audit([family for family in ALL if family.name == "devices and mounts"])
    shown = [result for result in results if result.control]
    assert told(result for result in results if not result.good) == []
    assert len(shown) >= 5


def test_a_fork_bomb_leaves_everybody_else_at_work_and_its_learner_reads_why():
    """How fast the others are is for `make audit`, on a machine that has nothing else to do."""
    bomb = [attempt for attempt in abuse.FAMILY.attempts if attempt.id == "A1"]
    [result] = audit([Family(abuse.FAMILY.name, tuple(bomb))], controlled=False)
    assert not result.outcome.through, result.outcome.said
    assert "Your node h1 has used up its processes" in result.outcome.said
