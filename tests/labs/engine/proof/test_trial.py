"""The trials of a proof: a network is judged when it has converged, and a solved one twice."""

from dataclasses import replace

from labs.engine.checks import Outcome
from labs.engine.proof import trial
from labs.engine.proof.trial import Trial, TrialKind

FAILED = {"loopback": Outcome.FAILED, "reach": Outcome.WAITING}


def test_a_lab_is_judged_when_it_has_converged_and_the_solved_one_twice(lab, graded, fake_runner, state):
    done = graded(FAILED, {}, {})
    result = trial.run(Trial(lab=lab, kind=TrialKind.REFERENCE), fake_runner())
    assert result.problems == []
    assert result.state == state, "the state of the solved lab is kept for the diagnosis"
    assert done == ["converged", "attempt", "converged", "attempt", "converged", "attempt", "state", "look"]


def test_the_checks_that_pass_in_the_untouched_lab_are_remembered(lab, graded, fake_runner):
    graded({"loopback": Outcome.FAILED}, {}, {})
    assert trial.run(Trial(lab=lab, kind=TrialKind.REFERENCE), fake_runner()).untouched == ["reach"]


def test_a_check_that_passes_only_the_first_time_is_a_problem(lab, graded, fake_runner):
    graded(FAILED, {}, {"reach": Outcome.FAILED})
    problems = trial.run(Trial(lab=lab, kind=TrialKind.REFERENCE), fake_runner()).problems
    assert problems == ["The solution does not pass reach: the second time, no"]


def test_a_check_that_fails_both_times_is_one_problem(lab, graded, fake_runner):
    graded(FAILED, {"reach": Outcome.FAILED}, {"reach": Outcome.FAILED})
    problems = trial.run(Trial(lab=lab, kind=TrialKind.REFERENCE), fake_runner()).problems
    assert problems == ["The solution does not pass reach: no"]


def test_a_mutant_is_judged_when_it_has_converged_after_some_seconds(lab, graded, fake_runner):
    done = graded(FAILED)
    found = trial.run(Trial(lab=lab, kind=TrialKind.MUTANT, mutant=lab.mutants[0]), fake_runner())
    assert (found.problems, found.misjudged) == ([], {})
    assert done == ["converged after 8 s", "attempt"]


def test_a_mutant_that_fails_another_check_than_it_names_says_so_of_both(lab, graded, fake_runner):
    graded({"reach": Outcome.FAILED})
    found = trial.run(Trial(lab=lab, kind=TrialKind.MUTANT, mutant=lab.mutants[0]), fake_runner())
    assert found.misjudged == {
        "loopback": "loopback should fail, but it is passed: no",
        "reach": "reach fails, but it is not named in fails: no",
    }


def test_a_line_that_is_noticed_only_in_a_converged_network_is_noticed(lab, graded, fake_runner):
    unit = trial.Unit("r1", "first", (0,), "ip addr add 2001:db8:ff::1/128 dev lo")
    done = graded({}, {"reach": Outcome.FAILED})
    assert trial.run(Trial(lab=lab, kind=TrialKind.LINE, unit=unit), fake_runner()).noticed_by == "reach"
    assert done == ["attempt", "converged", "attempt"]


def test_another_right_answer_is_typed_instead_of_the_solution_and_must_pass_twice(lab, graded, fake_runner):
    other = {"r1": ("ip addr add 2001:db8:ff::1/128 dev dummy0",)}
    lab, runner = replace(lab, answers={"dummy": other}), fake_runner()
    graded({}, {"loopback": Outcome.FAILED})
    problems = trial.run(Trial(lab=lab, kind=TrialKind.ANSWER, answer="dummy"), runner).problems
    assert problems == ["This answer does not pass loopback: the second time, no"]
    assert runner.typed == [{"first": other}]
