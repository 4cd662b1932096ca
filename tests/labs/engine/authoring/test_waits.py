"""An author reads how long a learner waits for the verdict on a wrong answer."""

from dataclasses import replace

from labs.engine.authoring.parse import load_lab
from labs.engine.authoring.waits import by_stage, longest_wait


def with_within(lab, *seconds):
    [stage] = lab.stages
    checks = [replace(check, within=within) for check, within in zip(stage.checks, seconds, strict=True)]
    return replace(lab, stages=(replace(stage, checks=tuple(checks)),))


def test_the_largest_within_of_a_stage_counts(lab_folder):
    lab = with_within(load_lab(lab_folder), 3.0, 20.0)
    assert str(longest_wait(lab.stages[0])) == "with a wrong answer the learner waits up to 20 s (reach)"
    assert by_stage(lab) == "with a wrong answer the learner waits up to: first 20 s"


def test_a_long_wait_asks_for_faster_timers(lab_folder):
    lab = with_within(load_lab(lab_folder), 3.0, 120.0)
    assert (
        by_stage(lab)
        == "with a wrong answer the learner waits up to: first 120 s. Faster timers would let reach fail sooner"
    )
