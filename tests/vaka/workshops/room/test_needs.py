"""The seats that need help, and the reason."""

import pytest

from vaka.workshops.room import needs
from vaka.workshops.room.needs import Signs


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        ({"in_stage": 18}, "slow"),
        ({"in_stage": 13}, None),  # less than twice the median of seven
        ({"stage": 1, "in_stage": 4}, None),  # under five minutes nobody is slow
        ({"fails": 3}, "repeated"),
        ({"fails": 2}, None),
        ({"quiet": 8}, "quiet"),
        ({"quiet": 7}, None),
        ({"unseen": 1, "fails": 5}, "ours"),
        ({"broken": "It broke.", "runs": False}, "ours"),
        ({"quiet": 60, "stage": None}, None),  # all stages are done
        ({"quiet": 60, "runs": False}, None),
        ({"is_exam": True, "in_stage": 18, "fails": 3}, None),  # nobody knows the stage
        ({"is_exam": True, "quiet": 8}, "quiet"),
        ({"is_exam": True, "unseen": 1}, "ours"),
    ],
)
def test_a_seat_has_at_most_one_need(signs, expected):
    plain = {"stage": 0, "in_stage": 1.0, "quiet": 0.0, "fails": 0, "unseen": 0}
    need = needs.need_of(Signs(**plain | signs), {0: 7.0, 1: 1.0}, "lab", paused=False)
    assert (need.kind if need else None) == expected


def test_nobody_is_quiet_in_a_pause():
    signs = Signs(stage=0, in_stage=1, quiet=60, fails=0, unseen=0)
    assert needs.need_of(signs, {}, "lab", paused=True) is None


def test_in_an_exam_no_stage_is_named():
    signs = Signs(stage=0, in_stage=60, quiet=9, fails=0, unseen=0, is_exam=True)
    need = needs.need_of(signs, {0: 7.0}, "lab", paused=False)
    assert need
    assert need.sentence == "No typing for 9 min."
