"""The report of one run, and of many sets of answers, for an author."""

from dataclasses import replace
from pathlib import Path

import pytest

from labs.engine.author_runs.report import GradedRun, matrix, report
from labs.engine.author_runs.terminal_outputs import Answer
from labs.engine.authoring import parse
from labs.engine.checks import Outcome
from labs.engine.errors import TookTooLong
from tests.labs.engine.proof.conftest import verdict_of


@pytest.fixture
def run(lab):
    """Returns a run of the lab in which the named checks have these outcomes, and all others passed."""

    def made(**outcomes):
        verdicts = []
        for stage in lab.stages:
            for check in stage.checks:
                outcome = outcomes.get(check.id, Outcome.PASSED)
                points = check.points if outcome is Outcome.PASSED else 0
                verdicts.append(replace(verdict_of(stage.id, check, outcome), points=points))
        return GradedRun(lab, verdicts, {"graded": 1.0})

    return made


def test_the_points_of_a_class_lab_are_those_of_all_seats():
    lab = parse.load_lab(Path(parse.__file__).parents[2] / "catalog/exchange-day")
    verdicts = [
        replace(verdict_of(stage.id, check, Outcome.PASSED), points=check.points)
        for stage in lab.stages
        for check in stage.checks
    ]
    assert f"\n{lab.points_of_all} of {lab.points_of_all} points" in report(GradedRun(lab, verdicts, {"graded": 1.0}))


def test_an_error_of_a_terminal_is_reported_and_silence_is_not(run):
    answers = [Answer("r1", "true", ""), Answer("r1", "ip addr add x", "Error: any valid prefix is expected")]
    text = "\n".join(report(replace(run(), answers=answers)))
    assert "What the terminals answered:\n  r1: ip addr add x\n      Error: any valid prefix is expected\n" in text
    assert "r1: true" not in text
    assert "  r1: true\n  r1: ip addr add x\n" in "\n".join(report(replace(run(), answers=answers), every_answer=True))


def test_outputs_and_what_had_not_converged_are_reported(run):
    outputs = [Answer("r1", "show bgp summary", "No BGP neighbors found")]
    text = "\n".join(report(replace(run(), outputs=outputs, not_converged=["BGP of r1 with 2001:db8::2"])))
    assert "r1: show bgp summary\n      No BGP neighbors found\n" in text
    assert "Not converged when the lab was graded: BGP of r1 with 2001:db8::2" in text


def test_each_stage_says_what_a_wrong_answer_costs(run):
    assert "1. The first stage: with a wrong answer the learner waits up to 0 s (loopback)" in "\n".join(report(run()))


def test_a_right_answer_that_waits_long_is_reported(run):
    assert "waited 35 s" in report(replace(run(), seconds={"graded": 35.0}))[-1]
    assert not any("waited" in line for line in report(replace(run(), seconds={"graded": 29.0})))


def test_the_table_has_a_row_for_each_check_and_a_column_for_each_set(run):
    done = {
        "good": run(),
        "no-loopback": run(loopback=Outcome.FAILED, reach=Outcome.WAITING),
        "odd": run(reach=Outcome.UNKNOWN),
        "hangs": TookTooLong("r1, typed line 1 (cat): The prompt did not come back."),
    }
    assert list(matrix(done))[1:] == [
        "                 of  good  no-loopback   odd",
        "first",
        "  loopback        5     5            0     5",
        "  reach           5     5         wait     ?",
        "points           10    10            0     5",
        "hangs could not be graded: r1, typed line 1 (cat): The prompt did not come back.",
    ]
