"""One trial of a proof: a fresh copy of a lab, its solution as it is or with one mistake, and the verdicts of its checks."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum

from labs.engine.authoring.mutants import changed
from labs.engine.definition.spec import Lab, Mutant
from labs.engine.errors import EngineError
from labs.engine.grading.grading import Outcome, Verdict, grade
from labs.engine.proof.parallel import ParallelRunner
from labs.engine.proof.rest import wait_until_settled
from labs.engine.proof.solution_lines import Unit, without
from labs.engine.runtime.client import LabClient
from labs.engine.state import reading
from labs.engine.state.facts import State

RETRIES = 2  # of a trial in which a check was unknown or the engine failed
MISTAKE_SECONDS = 8.0  # that a network with a mistake has at least: what is true only at first does not count


class TrialKind(StrEnum):
    REFERENCE = "reference"  # graded untouched, then solved
    MUTANT = "mutant"  # with a mistake that the author wrote down
    LINE = "line"  # without one line of the solution
    ANSWER = "answer"  # with another right answer instead of the solution


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    lab: Lab  # with the values of one seed
    kind: TrialKind
    mutant: Mutant | None = None
    unit: Unit | None = None
    answer: str = ""  # the name of another right answer


@dataclass(slots=True, kw_only=True)
class TrialResult:
    """``problems`` are sentences for the author; ``noticed_by`` is the check that failed first when a line was left out."""

    problems: list[str] = field(default_factory=list)
    noticed_by: str = ""
    start: float = 0.0  # seconds until every prompt was usable
    memory: int = 0  # bytes that the solved lab used
    grading: float = 0.0  # seconds of one pass over the solved lab
    state: State | None = None  # of the solved lab


class _Noticed(Exception):
    """A check has failed, so the trial can end."""


class _Unknown(Exception):
    """The verdict of a check is unknown."""


def run(trial: Trial, runner: ParallelRunner) -> TrialResult:
    """Run the trial. Repeat it if a verdict is unknown or the engine fails; if that happens every time, it is a problem."""
    by_kind: dict[TrialKind, Callable[[Trial, ParallelRunner], TrialResult]] = {
        TrialKind.REFERENCE: _reference,
        TrialKind.MUTANT: _mutant,
        TrialKind.LINE: _line,
        TrialKind.ANSWER: _answer,
    }
    for last in (*[False] * RETRIES, True):
        try:
            return by_kind[trial.kind](trial, runner)
        except (EngineError, _Unknown) as error:
            if last:
                return TrialResult(problems=[f"This trial could not be run: {error}"])
            time.sleep(1)
    raise AssertionError


def _all_known(verdicts: list[Verdict]) -> list[Verdict]:
    for verdict in verdicts:
        if verdict.outcome is Outcome.UNKNOWN:
            raise _Unknown(f"{verdict.check}: {verdict.seen}")
    return verdicts


def _reference(trial: Trial, runner: ParallelRunner) -> TrialResult:
    lab, result = trial.lab, TrialResult()
    with runner.running(lab) as running:
        session, result.start = running.session, running.start
        wait_until_settled(lab, session)
        untouched = _all_known(grade(lab, session, attempt=True))
        for stage in lab.stages:
            if all(verdict.outcome is Outcome.PASSED for verdict in untouched if verdict.stage == stage.id):
                result.problems.append(f'The stage "{stage.id}" passes before anything is typed.')
        runner.type(session, lab)
        result.problems += _passes_twice(lab, session, "The solution")
        result.state = reading.take(lab, session)
        result.memory = running.memory()
        began = time.monotonic()
        grade(lab, session, attempt=False)
        result.grading = time.monotonic() - began
    return result


def _passes_twice(lab: Lab, session: LabClient, what: str) -> list[str]:
    """Judge a solved lab twice, each time when it has settled: a check that passes by luck, or too early, fails once."""
    failed: dict[str, str] = {}
    for again in ("", "the second time, "):
        wait_until_settled(lab, session)
        for verdict in _all_known(grade(lab, session, attempt=True)):
            if verdict.outcome is not Outcome.PASSED:
                failed.setdefault(verdict.check, f"{what} does not pass {verdict.check}: {again}{verdict.seen}")
    return list(failed.values())


def _mutant(trial: Trial, runner: ParallelRunner) -> TrialResult:
    lab, mutant, result = trial.lab, trial.mutant, TrialResult()
    assert mutant  # noqa: S101 - for the type checker
    with runner.running(lab, replace(lab, solution=changed(lab.solution, mutant))) as running:
        wait_until_settled(lab, running.session, least=MISTAKE_SECONDS)
        verdicts = _all_known(grade(lab, running.session, attempt=True))
    failed = {verdict.check: verdict for verdict in verdicts if verdict.outcome is Outcome.FAILED}
    for check in mutant.fails:
        if check not in failed:
            found = next(verdict for verdict in verdicts if verdict.check == check)
            result.problems.append(f"{check} should fail, but it is {found.outcome}: {found.seen}")
    for check, verdict in failed.items():
        if check not in mutant.fails:
            result.problems.append(f"{check} fails, but fails does not name it: {verdict.seen}")
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
        _all_known(grade(lab, running.session, attempt=True, on_verdict=end_at_a_failure))
        wait_until_settled(lab, running.session)  # what should be absent may arrive late
        _all_known(grade(lab, running.session, attempt=True, on_verdict=end_at_a_failure))
    return result


def _answer(trial: Trial, runner: ParallelRunner) -> TrialResult:
    lab, result = trial.lab, TrialResult()
    answered = replace(lab, solution={lab.stages[0].id: lab.answers[trial.answer]})
    with runner.running(lab, answered) as running:
        result.problems += _passes_twice(lab, running.session, "This answer")
    return result
