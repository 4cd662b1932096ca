"""One trial of a proof: a fresh copy of a lab, its solution as it is or with one mistake, and the verdicts of its checks.

The trial that saves a lab and resumes it is in labs.engine.proof.resume_trial.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum

from labs.engine.authoring.mutants import changed
from labs.engine.definition.spec import Lab, Mutant, SeatPlan
from labs.engine.errors import EngineError
from labs.engine.grading.grading import Outcome, Verdict, grade
from labs.engine.proof import resume_trial
from labs.engine.proof.parallel import ParallelRunner
from labs.engine.proof.solution_lines import Unit, without
from labs.engine.proof.trial_result import TrialResult, UnknownVerdict, all_known
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.convergence import wait_before_grading
from labs.engine.shared import pace
from labs.engine.state import reading

RESET_SECONDS = pace.seconds(60.0)
RETRIES = 2  # of a trial in which a verdict was unknown or the engine failed
# A network with a mistake is graded after so long at the earliest: a check that passes only at first must not count
MISTAKE_SECONDS = 8.0


class TrialKind(StrEnum):
    REFERENCE = "reference"  # graded untouched, then solved
    MUTANT = "mutant"  # with a mistake that the author wrote down
    LINE = "line"  # without one line of the solution
    ANSWER = "answer"  # with another right answer instead of the solution
    RESUME = "resume"  # solved and saved, and graded in a lab that resumes the save
    SEATS = "seats"  # bots at half of the seats that are alike, and nobody at the others


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    lab: Lab  # with the values of one seed
    kind: TrialKind
    mutant: Mutant | None = None
    unit: Unit | None = None
    answer: str = ""  # the name of another right answer


class _Noticed(Exception):
    """A check has failed, so the trial can end."""


def run(trial: Trial, runner: ParallelRunner) -> TrialResult:
    """Run the trial. Repeat it if a verdict is unknown or the engine fails; if that happens every time, it is a problem."""
    by_kind: dict[TrialKind, Callable[[Trial, ParallelRunner], TrialResult]] = {
        TrialKind.REFERENCE: _reference,
        TrialKind.MUTANT: _mutant,
        TrialKind.LINE: _line,
        TrialKind.ANSWER: _answer,
        TrialKind.RESUME: lambda trial, runner: resume_trial.run(trial.lab, runner),
        TrialKind.SEATS: _seats,
    }
    for last in (*[False] * RETRIES, True):
        try:
            return by_kind[trial.kind](trial, runner)
        except (EngineError, UnknownVerdict) as error:
            if last:
                return TrialResult(problems=[f"This trial could not be run: {error}"])
            time.sleep(1)
    raise AssertionError


def _reference(trial: Trial, runner: ParallelRunner) -> TrialResult:
    lab, result = trial.lab, TrialResult()
    with runner.running(lab) as running:
        client, result.start = running.client, running.start
        wait_before_grading(lab, client)
        untouched = all_known(grade(lab, client, attempt=True))
        result.untouched = [verdict.check for verdict in untouched if verdict.outcome is Outcome.PASSED]
        for stage in lab.stages:
            if all(verdict.outcome is Outcome.PASSED for verdict in untouched if verdict.stage == stage.id):
                result.problems.append(f'The stage "{stage.id}" passes before anything is typed.')
        runner.type(client, lab)
        _pass_twice(lab, client, "The solution", result)
        result.state = reading.take(lab, client)
        result.memory = running.memory()
        began = time.monotonic()
        grade(lab, client, attempt=False)
        result.grading = time.monotonic() - began
    return result


def _pass_twice(lab: Lab, client: LabClient, what: str, result: TrialResult) -> None:
    """Grade a solved lab twice, each time after it has converged: a check that passed by luck, or too early, fails one time."""
    failed: dict[str, str] = {}
    for again in ("", "the second time, "):
        wait_before_grading(lab, client)
        began = time.monotonic()
        verdicts = all_known(grade(lab, client, attempt=True))
        result.attempt = max(result.attempt, time.monotonic() - began)
        for verdict in verdicts:
            if verdict.outcome is not Outcome.PASSED:
                failed.setdefault(verdict.check, f"{what} does not pass {verdict.check}: {again}{verdict.seen}")
    result.problems += failed.values()


def _mutant(trial: Trial, runner: ParallelRunner) -> TrialResult:
    lab, mutant, result = trial.lab, trial.mutant, TrialResult()
    assert mutant  # noqa: S101 - for the type checker
    with runner.running(lab, replace(lab, solution=changed(lab.solution, mutant))) as running:
        wait_before_grading(lab, running.client, least=MISTAKE_SECONDS)
        verdicts = all_known(grade(lab, running.client, attempt=True))
    failed = {verdict.check: verdict for verdict in verdicts if verdict.outcome is Outcome.FAILED}
    for check in mutant.fails:
        if check not in failed:
            found = next(verdict for verdict in verdicts if verdict.check == check)
            advice = (
                " A check that it needs fails first: remove it from fails." if found.outcome is Outcome.WAITING else ""
            )
            result.misjudged[check] = f"{check} should fail, but it is {found.outcome}: {found.seen}{advice}"
    for check, verdict in failed.items():
        if check not in mutant.fails:
            result.misjudged[check] = f"{check} fails, but it is not named in fails: {verdict.seen}"
    return result


def _line(trial: Trial, runner: ParallelRunner) -> TrialResult:
    lab, result = trial.lab, TrialResult()
    assert trial.unit  # noqa: S101 - for the type checker

    def end_at_a_failure(verdict: Verdict) -> None:
        if verdict.outcome is Outcome.FAILED:
            result.noticed_by = verdict.check
            raise _Noticed

    solved = replace(lab, solution=without(lab.solution, trial.unit))
    with runner.running(lab, solved) as running, suppress(_Noticed):
        all_known(grade(lab, running.client, attempt=True, on_verdict=end_at_a_failure))
        wait_before_grading(lab, running.client)  # what should be absent may arrive late
        all_known(grade(lab, running.client, attempt=True, on_verdict=end_at_a_failure))
    return result


def _answer(trial: Trial, runner: ParallelRunner) -> TrialResult:
    lab, result = trial.lab, TrialResult()
    answered = replace(lab, solution={lab.stages[0].id: lab.answers[trial.answer]})
    with runner.running(lab, answered) as running:
        _pass_twice(lab, running.client, "This answer", result)
    return result


def _seats(trial: Trial, runner: ParallelRunner) -> TrialResult:
    """Grade a class lab in which bots play every other seat; then a person takes the seat of a bot, and has typed nothing yet."""
    lab, result = trial.lab, TrialResult()
    bots = [seat for seat in lab.seats if seat.number % 2]
    played = {node for seat in bots for node in seat.nodes}
    typed = {
        stage: {node: lines for node, lines in nodes.items() if node in played} for stage, nodes in lab.solution.items()
    }
    with runner.running(lab, replace(lab, solution=typed)) as running:
        result.problems += _each_by_itself(lab, running.client, bots, "Bots play every other seat: ")
        for node in bots[0].nodes:
            running.client.reset(node, seconds=RESET_SECONDS, on_step=lambda step, seconds: None)
        result.problems += _each_by_itself(lab, running.client, bots[1:], "Somebody takes the seat of a bot: ")
    return result


def _each_by_itself(lab: Lab, client: LabClient, solved: Sequence[SeatPlan], when: str) -> list[str]:
    """Return what is wrong: a check of these seats or a shared one that does not pass, or another seat whose checks all pass."""
    wait_before_grading(lab, client)
    of_seat = {check.id: check.seat for check in lab.checks()}
    passing: dict[str, list[bool]] = {}
    found = []
    names = {"", *(seat.id for seat in solved)}
    for verdict in all_known(grade(lab, client, attempt=True)):
        seat, passed = of_seat[verdict.check], verdict.outcome is Outcome.PASSED
        passing.setdefault(seat, []).append(passed)
        if seat in names and not passed:
            found.append(f"{when}{verdict.check} should pass, but it is {verdict.outcome}: {verdict.seen}")
    idle = [seat for seat, outcomes in passing.items() if seat not in names and all(outcomes)]
    return found + [f"{when}every check of {seat} passes, although nobody has typed there." for seat in idle]
