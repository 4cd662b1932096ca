"""The trial of a proof that saves the solved lab and resumes the save: the points of the lab that a resume keeps."""

from labs.engine.definition.spec import Lab
from labs.engine.grading.grading import Outcome, grade
from labs.engine.grading.verdicts import score
from labs.engine.proof.parallel import ParallelRunner
from labs.engine.proof.trial_result import TrialResult, all_known
from labs.engine.runtime.convergence import wait_before_grading


def run(lab: Lab, runner: ParallelRunner) -> TrialResult:
    """Save the solved lab, and grade it in a second container that resumes the save."""
    with runner.running(lab, lab) as running:
        wait_before_grading(lab, running.client)
        packed = running.client.save().packed
    with runner.running(lab, save=packed) as running:
        wait_before_grading(lab, running.client)
        verdicts = all_known(grade(lab, running.client, attempt=True))
        lacking = running.client.lacking
    result = TrialResult(resumed=score(verdicts).points)
    if result.resumed != lab.points_after_resume:
        advice = (
            f"but resumed in lab.yaml promises {lab.resumed.points}. Find out why, or correct resumed."
            if lab.resumed
            else "but a lab without resumed in lab.yaml promises all. Let start commands start what the learner has set up, or "
            "write resumed with the points and the reason."
        )
        result.problems.append(f"After a resume {result.resumed} of {lab.points} points are left, {advice}")
        result.problems += [
            f"After a resume {verdict.check} is {verdict.outcome}: {verdict.seen}"
            for verdict in verdicts
            if verdict.outcome is not Outcome.PASSED
        ]
        result.problems += [f"Not restored by the resume: {what}" for what in lacking]
    return result
