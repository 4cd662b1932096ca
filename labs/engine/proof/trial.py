"""One trial: a fresh copy of a lab, with its solution as it is or with a mistake, and what its checks say."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum

from labs.engine.authoring.mutants import changed
from labs.engine.definition.spec import Lab, Mutant
from labs.engine.errors import EngineError
from labs.engine.grading.grading import Outcome, Verdict, grade
from labs.engine.proof.parallel import Yard
from labs.engine.proof.units import Unit, without

AGAIN = 2  # times that a trial is begun anew when we could not look
REST = 8.0  # seconds until a network with a mistake has come to rest: what is true only at first does not count


class Kind(StrEnum):
    REFERENCE = "reference"  # untouched, then solved
    MUTANT = "mutant"
    LINE = "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    lab: Lab  # with the values of a seed
    kind: Kind
    mutant: Mutant | None = None
    unit: Unit | None = None


@dataclass(slots=True, kw_only=True)
class Tried:
    """What came out. ``problems``: sentences; ``noticed_by``: the check that failed first when a line was left out."""

    problems: list[str] = field(default_factory=list)
    noticed_by: str = ""
    start: float = 0.0  # seconds until every prompt was usable
    memory: int = 0  # bytes when it was solved
    grading: float = 0.0  # seconds of one pass over the solved lab


class _Noticed(Exception):
    """A check has failed, which is all that we wanted to know."""


def run(trial: Trial, yard: Yard) -> Tried:
    """Try it; what we could not look at is tried again, and is a problem if it stays so."""
    by_kind: dict[Kind, Callable[[Trial, Yard], Tried]] = {
        Kind.REFERENCE: _reference,
        Kind.MUTANT: _mutant,
        Kind.LINE: _line,
    }
    for last in (*[False] * AGAIN, True):
        try:
            return by_kind[trial.kind](trial, yard)
        except (EngineError, _NotLooked) as error:
            if last:
                return Tried(problems=[f"It could not be tried: {error}"])
            time.sleep(1)
    raise AssertionError


class _NotLooked(Exception):
    pass


def _looked(verdicts: list[Verdict]) -> list[Verdict]:
    for verdict in verdicts:
        if verdict.outcome is Outcome.UNKNOWN:
            raise _NotLooked(f"{verdict.check}: {verdict.seen}")
    return verdicts


def _reference(trial: Trial, yard: Yard) -> Tried:
    lab, tried = trial.lab, Tried()
    with yard.running(lab) as copy:
        session, tried.start = copy.session, copy.start
        untouched = _looked(grade(lab, session, attempt=True))
        for stage in lab.stages:
            if all(verdict.outcome is Outcome.PASSED for verdict in untouched if verdict.stage == stage.id):
                tried.problems.append(f'Nothing was typed, and the stage "{stage.id}" is full.')
        yard.type(session, lab)
        for verdict in _looked(grade(lab, session, attempt=True)):
            if verdict.outcome is not Outcome.PASSED:
                tried.problems.append(f"The solution does not pass {verdict.check}: {verdict.seen}")
        tried.memory = copy.memory()
        began = time.monotonic()
        grade(lab, session, attempt=False)
        tried.grading = time.monotonic() - began
    return tried


def _mutant(trial: Trial, yard: Yard) -> Tried:
    lab, mutant, tried = trial.lab, trial.mutant, Tried()
    assert mutant  # noqa: S101 - for the type checker
    with yard.running(lab, replace(lab, solution=changed(lab.solution, mutant))) as copy:
        time.sleep(REST)
        verdicts = _looked(grade(lab, copy.session, attempt=True))
    failed = {verdict.check: verdict for verdict in verdicts if verdict.outcome is Outcome.FAILED}
    for check in mutant.fails:
        if check not in failed:
            found = next(verdict for verdict in verdicts if verdict.check == check)
            tried.problems.append(f"{check} should fail and is {found.outcome}: {found.seen}")
    for check, verdict in failed.items():
        if check not in mutant.fails:
            tried.problems.append(f"{check} fails and is not named: {verdict.seen}")
    return tried


def _line(trial: Trial, yard: Yard) -> Tried:
    lab, tried = trial.lab, Tried()
    assert trial.unit  # noqa: S101 - for the type checker

    def tell(verdict: Verdict) -> None:
        if verdict.outcome is Outcome.FAILED:
            tried.noticed_by = verdict.check
            raise _Noticed

    with yard.running(lab, replace(lab, solution=without(lab.solution, trial.unit))) as copy, suppress(_Noticed):
        _looked(grade(lab, copy.session, attempt=True, on_verdict=tell))
    return tried
