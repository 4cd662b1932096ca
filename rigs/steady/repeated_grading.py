"""Grades the same lab many times: every verdict must be the same each time."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from labs.engine.authoring.parse import load_lab
from labs.engine.definition.spec import Lab
from labs.engine.errors import EngineError
from labs.engine.grading.grading import Outcome, Verdict, grade
from labs.engine.proof.parallel import ParallelRunner
from labs.engine.runtime.client import LabClient

type State = Literal["untouched", "solved"]
RETRIES = 2  # of a copy that could not be started or graded
GRADINGS, STARTS = 200, 20  # gradings of each lab in each state; copies of each lab


@dataclass(frozen=True, slots=True)
class CopyPlan:
    """One fresh copy of a lab, and how many times it is graded in each state."""

    lab: Lab
    gradings: int


@dataclass(frozen=True, slots=True)
class Grading:
    state: State
    verdicts: tuple[Verdict, ...]

    @property
    def outcomes(self) -> dict[str, Outcome]:
        return {verdict.check: verdict.outcome for verdict in self.verdicts}


@dataclass(slots=True)
class Steadiness:
    """The gradings of one lab."""

    lab: str
    gradings: list[Grading] = field(default_factory=list)

    def false(self) -> list[tuple[Grading, str]]:
        """Return the gradings with a false verdict, and what is false.

        In a solved lab every check must pass. In an untouched lab each check must have its most frequent outcome. An unknown
        verdict is not false.
        """
        usual = self._usual()
        found = []
        for grading in self.gradings:
            right = usual if grading.state == "untouched" else dict.fromkeys(grading.outcomes, Outcome.PASSED)
            wrong = [
                f"{verdict.check} is {verdict.outcome}: {verdict.seen}"
                for verdict in grading.verdicts
                if verdict.outcome not in (right[verdict.check], Outcome.UNKNOWN)
            ]
            if wrong:
                found.append((grading, "; ".join(wrong)))
        return found

    @property
    def unknown(self) -> int:
        return sum(Outcome.UNKNOWN in grading.outcomes.values() for grading in self.gradings)

    def _usual(self) -> dict[str, Outcome]:
        """Return the most frequent outcome of each check in the untouched lab."""
        seen: dict[str, Counter[Outcome]] = {}
        for grading in self.gradings:
            if grading.state == "untouched":
                for check, outcome in grading.outcomes.items():
                    seen.setdefault(check, Counter())[outcome] += 1
        return {check: counts.most_common(1)[0][0] for check, counts in seen.items()}


def copies(lab: Lab, gradings: int, starts: int) -> list[CopyPlan]:
    """Plan the copies of a lab, each with another learner's numbers. Together they are graded so many times in each state."""
    plans = []
    for number in range(starts):
        each = gradings // starts + (number < gradings % starts)
        plans.append(CopyPlan(load_lab(lab.folder, number) if lab.parameters else lab, each))
    return plans


def run(plan: CopyPlan, runner: ParallelRunner) -> list[Grading]:
    """Return the gradings of one copy. If the engine fails, try again with a new copy. Raises EngineError if it fails each time."""
    for _ in range(RETRIES):
        with suppress(EngineError):
            return _graded(plan, runner)
    return _graded(plan, runner)


def _graded(plan: CopyPlan, runner: ParallelRunner) -> list[Grading]:
    """Start the lab, grade it untouched, solve it, and grade it at once, as a learner does after the last line."""
    with runner.running(plan.lab) as running:
        untouched = [_grading("untouched", plan, running.client) for _ in range(plan.gradings)]
        runner.type(running.client, plan.lab)
        return untouched + [_grading("solved", plan, running.client) for _ in range(plan.gradings)]


def _grading(state: State, plan: CopyPlan, client: LabClient) -> Grading:
    return Grading(state, tuple(grade(plan.lab, client, attempt=True)))


def totals(every: Sequence[Steadiness]) -> tuple[int, int]:
    """Return the number of gradings, and the number of false ones."""
    return sum(len(one.gradings) for one in every), sum(len(one.false()) for one in every)
