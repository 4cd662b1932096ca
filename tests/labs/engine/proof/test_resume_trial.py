"""The trial of a resume: the points that a solved lab keeps when it is saved and resumed."""

from dataclasses import replace

from labs.engine.checks import Outcome
from labs.engine.definition.spec import Resumed
from labs.engine.proof import resume_trial, trial
from labs.engine.proof.trial import Trial, TrialKind


def test_a_solved_lab_is_saved_and_graded_in_a_lab_that_resumes_the_save(lab, graded, fake_runner):
    done, runner = graded({}), fake_runner()
    result = trial.run(Trial(lab=lab, kind=TrialKind.RESUME), runner)
    assert (result.resumed, result.problems) == (10, [])
    assert (runner.typed, runner.resumed) == ([lab.solution], [b"the work"]), "it is typed once"
    assert done == ["converged", "converged", "attempt"]


def test_points_that_a_resume_loses_are_a_problem_unless_the_lab_says_so(lab, graded, fake_runner):
    graded({"reach": Outcome.FAILED}, {"reach": Outcome.FAILED})
    assert resume_trial.run(lab, fake_runner(lacking=["r1: link clat"])).problems == [
        "After a resume 5 of 10 points are left, but a lab without resumed in lab.yaml promises all. "
        "Let start commands start what the learner has set up, or write resumed with the points and the reason.",
        "After a resume reach is failed: no",
        "Not restored by the resume: r1: link clat",
    ]
    lab = replace(lab, resumed=Resumed(points=5, reason="Its registry begins again."))
    said = resume_trial.run(lab, fake_runner())
    assert (said.resumed, said.problems) == (5, [])


def test_a_lab_that_keeps_more_than_it_promises_must_promise_more(lab, graded, fake_runner):
    graded({})
    lab = replace(lab, resumed=Resumed(points=5, reason="Its registry begins again."))
    [problem] = resume_trial.run(lab, fake_runner()).problems
    assert problem == (
        "After a resume 10 of 10 points are left, but resumed in lab.yaml promises 5. Find out why, or correct resumed."
    )
