"""An author reads how long a learner waits for the verdicts of an answer."""

from dataclasses import replace

from labs.engine.authoring.parse import load_lab
from labs.engine.authoring.waits import by_stage, longest_wait

UNPLUGGED = ({"link": "r1:eth0", "up": False},)


def with_checks(folder, *changes):
    lab = load_lab(folder)
    [stage] = lab.stages
    checks = [replace(check, **change) for check, change in zip(stage.checks, changes, strict=True)]
    return replace(lab, stages=(replace(stage, checks=tuple(checks)),))


def test_the_largest_within_of_a_stage_counts(lab_folder):
    lab = with_checks(lab_folder, {"within": 3.0}, {"within": 20.0})
    assert str(longest_wait(lab.stages[0])) == "with a wrong answer the learner waits up to 20 s (reach)"
    assert by_stage(lab) == "with a wrong answer the learner waits up to: first 20 s"


def test_a_check_that_disturbs_the_network_is_made_after_the_others_and_costs_time_if_it_passes(lab_folder):
    lab = with_checks(lab_folder, {"within": 3.0}, {"within": 6.0, "do": UNPLUGGED})
    said = "with a wrong answer the learner waits up to 13 s (loopback, then 1 check with do)"
    assert str(longest_wait(lab.stages[0])) == said
    said = "with a wrong answer the learner waits up to: first 13 s; with a right one about 4 s (1 check with do)"
    assert by_stage(lab) == said


def test_checks_that_disturb_the_network_are_made_one_after_the_other(lab_folder):
    slow = {"type": "net.no_loops", "within": 6.0, "do": UNPLUGGED}
    lab = with_checks(lab_folder, {"within": 6.0, "do": UNPLUGGED}, slow)
    assert longest_wait(lab.stages[0]).if_wrong == 6 + 4 + 6 + 8
    assert "with a right one about 12 s (2 checks with do, one after the other)" in by_stage(lab)


def test_many_checks_that_disturb_the_network_ask_for_fewer(lab_folder):
    lab = with_checks(lab_folder, {}, {"within": 1.0, "do": UNPLUGGED})
    [stage] = lab.stages
    lab = replace(lab, stages=(replace(stage, checks=(stage.checks[0], *stage.checks[1:] * 8)),))
    assert by_stage(lab).endswith(". Fewer checks with do would shorten it")


def test_a_long_wait_asks_for_faster_timers(lab_folder):
    lab = with_checks(lab_folder, {"within": 3.0}, {"within": 120.0})
    assert (
        by_stage(lab)
        == "with a wrong answer the learner waits up to: first 120 s. Faster timers would let reach fail sooner"
    )
