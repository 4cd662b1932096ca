"""The audit, in the tests' time: all attempts, and one family with its controls. `make audit` does all of it."""

import pytest

from labs.audit.families import ALL
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
