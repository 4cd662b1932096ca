"""The audit, in the tests' time: all attacks, and one family with its controls. `make audit` does all of it."""

import pytest

from rigs.audit.attack import Family
from rigs.audit.families import ALL, abuse
from rigs.audit.run import audit

pytestmark = [pytest.mark.live, pytest.mark.alone]


def told(results):
    return [f"{result.attack.id} {result.attack.title}: {result.outcome.said}" for result in results]


def test_no_attempt_comes_through():
    results = audit(controlled=False)
    assert told(result for result in results if result.outcome.through) == []
    assert len(results) >= 55


def test_with_one_wall_away_an_attempt_comes_through():
    results = audit([family for family in ALL if family.name == "devices and mounts"])
    shown = [result for result in results if result.control]
    assert told(result for result in results if not result.good) == []
    assert len(shown) >= 5


def test_a_fork_bomb_and_a_hundred_hogs_leave_everybody_else_at_work_and_their_learner_reads_why():
    """The speed of the others is for `make audit`, on a machine that has nothing else to do."""
    abused = [attack for attack in abuse.FAMILY.attacks if attack.id in ("A1", "A5")]
    bomb, hogs = audit([Family(abuse.FAMILY.name, tuple(abused))], controlled=False)
    assert told(result for result in (bomb, hogs) if result.outcome.through) == []
    assert "Your node h1 has used up its processes" in bomb.outcome.said
    assert "Your lab needs more CPU than it gets" in hogs.outcome.said
