"""What a change of hands forgets of the checks."""

import pytest
from django.utils import timezone

from labs.lifecycle import check_statuses
from labs.models import CheckStatus

pytestmark = pytest.mark.django_db


def test_a_seat_that_changes_hands_forgets_the_passes_of_its_nodes_and_of_its_checks(ready):
    now = timezone.now()
    for name, node in (("on", "r1"), ("session-1", "rs"), ("file", "h1")):
        facts = {
            "outcome": "passed",
            "points": 1,
            "out_of": 1,
            "since": now,
            "seen_at": now,
            "expected": {},
            "seen": {},
        }
        CheckStatus.objects.create(
            session=ready, check_id=name, node=node, stage="s", passed_in_attempt_at=now, reached=True, **facts
        )
    check_statuses.forget_passes(ready, ["r1"], ["session-1"])
    assert list(ready.check_statuses.filter(reached=True).values_list("check_id", flat=True)) == ["file"]
