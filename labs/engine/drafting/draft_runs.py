"""Runs copies of a lab for a draft: grades all candidates before and after each stage, and with each mistake."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from labs.engine.author_runs.terminal_outputs import Answer, type_and_listen
from labs.engine.authoring.mutants import changed
from labs.engine.definition import solution
from labs.engine.definition.spec import Lab, Mutant
from labs.engine.drafting.observed import Observed, observe
from labs.engine.errors import EngineError
from labs.engine.grading.grading import Outcome, Verdict, grade
from labs.engine.proof.parallel import ParallelRunner
from labs.engine.proof.solution_lines import Unit, without
from labs.engine.runtime import convergence
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.convergence import wait_before_grading
from labs.engine.shared import pace

GRADINGS = 3  # of a solved network: a check that flaps fails in one of them
MISTAKE_SECONDS = 6.0  # that a network with a mistake has at least: what is true only at first does not count
RETRIES = 2
LEAST_WAIT, MOST_WAIT = 10.0, 45.0  # seconds: some labs never converge, and OSPF elects a router after 40 s

type Passed = frozenset[str]  # the ids of the checks that passed


@dataclass(frozen=True, slots=True)
class Recorded:
    """The network untouched and after each stage, and what the terminals answered to the lines."""

    steps: list[Observed]
    answers: list[Answer]
    convergence_seconds: float = LEAST_WAIT  # seconds that the lab may take to converge, by what it took now


@dataclass(slots=True)
class Grades:
    """``steps``: what passed untouched, and after each stage. ``seconds``: how long after the typing each passed."""

    steps: list[Passed] = field(default_factory=list)
    always: Passed = frozenset()  # what passed in every grading of the solved network
    once: Passed = frozenset()  # what passed in at least one of them
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A solution with one mistake: a unit of lines that is left out, or a mutant."""

    lab: Lab
    unit: Unit | None = None
    mutant: Mutant | None = None

    @property
    def solved(self) -> Lab:
        if self.mutant:
            return replace(self.lab, solution=changed(self.lab.solution, self.mutant))
        assert self.unit  # noqa: S101 - for the type checker
        return replace(self.lab, solution=without(self.lab.solution, self.unit))


@dataclass(frozen=True, slots=True)
class Noticed:
    """``failed`` are the checks that failed with a mistake. ``error``: why it could not be tried."""

    failed: Passed = frozenset()
    seen: Observed | None = None
    error: str = ""


def record(runner: ParallelRunner, lab: Lab) -> Recorded:
    """Solve a lab stage by stage, and observe it before and after each. Raises EngineError."""
    with runner.running(lab) as running:
        client, answers = running.client, list[Answer]()
        took = [_converge(lab, client, MOST_WAIT)]
        steps = [observe(lab, client)]
        for stage in lab.stages:
            answers += type_and_listen(client, solution.typed(lab, [stage.id]))
            took.append(_converge(lab, client, MOST_WAIT))
            steps.append(observe(lab, client))
    return Recorded(steps, answers, max(LEAST_WAIT, 2 * max(took)))


def _converge(lab: Lab, client: LabClient, seconds: float, *, least: float = 0.0) -> float:
    """Wait until the lab has converged, at most so many seconds. Return how long it took; 0 if it does not converge at all."""
    time.sleep(least)
    began = time.monotonic()
    missing = convergence.wait(lab, client, seconds=pace.seconds(seconds))
    return 0.0 if missing else time.monotonic() - began


def grade_stages(runner: ParallelRunner, lab: Lab, convergence_seconds: float) -> Grades:
    """Solve a lab stage by stage, and grade all checks before and after each. Raises EngineError."""
    with runner.running(lab) as running:
        grades = Grades()
        _converge(lab, running.client, convergence_seconds)
        grades.steps.append(_passed_now(lab, running.client, disturb=True))
        for stage in lab.stages:
            type_and_listen(running.client, solution.typed(lab, [stage.id]))
            _converge(lab, running.client, convergence_seconds)
            grades.steps.append(_passed_now(lab, running.client, disturb=True))
    return grades


def grade_repeatedly(runner: ParallelRunner, lab: Lab, convergence_seconds: float) -> Grades:
    """Solve a lab and grade it several times: at once, to measure how long each check needs, and after it has converged."""
    with runner.running(lab, lab) as running:
        verdicts = grade(lab, running.client, attempt=True)
        found = [_of(verdicts)]
        for _again in range(GRADINGS - 1):
            _converge(lab, running.client, convergence_seconds)
            found.append(_of(grade(lab, running.client, attempt=True)))
    seconds = {verdict.check: verdict.seconds for verdict in verdicts}
    return Grades(always=frozenset.intersection(*found), once=frozenset.union(*found), seconds=seconds)


def notice(runner: ParallelRunner, mistake: Mistake, convergence_seconds: float) -> Noticed:
    """Try a mistake, and say which checks fail. It does not raise."""
    for last in (*[False] * RETRIES, True):
        try:
            return _notice(runner, mistake, convergence_seconds)
        except EngineError as error:
            if last:
                return Noticed(error=str(error))
    raise AssertionError


def _notice(runner: ParallelRunner, mistake: Mistake, convergence_seconds: float) -> Noticed:
    lab = mistake.lab
    with runner.running(lab, mistake.solved) as running:
        _converge(lab, running.client, convergence_seconds, least=MISTAKE_SECONDS)
        verdicts = grade(lab, running.client, attempt=False)
        seen = observe(lab, running.client)
        failed = _of(verdicts, Outcome.FAILED)
        if not failed and (last := _disturbing(lab)):
            failed = _of(grade(lab, running.client, attempt=True, checks=last), Outcome.FAILED)
    return Noticed(failed, seen)


def fails(runner: ParallelRunner, mistake: Mistake) -> Noticed:
    """Grade a mutant as a proof does: all checks, with their needs and controls. It does not raise."""
    try:
        with runner.running(mistake.lab, mistake.solved) as running:
            wait_before_grading(mistake.lab, running.client, least=MISTAKE_SECONDS)
            verdicts = grade(mistake.lab, running.client, attempt=True)
    except EngineError as error:
        return Noticed(error=str(error))
    if any(verdict.outcome is Outcome.UNKNOWN for verdict in verdicts):
        return Noticed(error="a check could not be made")
    return Noticed(_of(verdicts, Outcome.FAILED))


def all_of[One, Result](
    runner: ParallelRunner,
    ones: Iterable[One],
    run: Callable[[ParallelRunner, One], Result],
    on_done: Callable[[int], None] = lambda number: None,
) -> list[tuple[One, Result]]:
    """Run all side by side, and return their results in no order."""
    done: list[tuple[One, Result]] = []
    for one, result in runner.run_all(list(ones), lambda one: run(runner, one)):
        done.append((one, result))
        on_done(len(done))
    return done


def _disturbing(lab: Lab, passed: Passed | None = None) -> list[str]:
    """The checks that change the network. If PASSED is given, only those whose target replies before the change."""
    replies = {
        (check.on, check.expect.get("to"))
        for check in lab.checks()
        if check.type == "ping" and check.id in (passed or ())
    }
    every = [check for check in lab.checks() if check.do]
    return [check.id for check in every if passed is None or (check.on, check.expect.get("to")) in replies]


def _passed_now(lab: Lab, client: LabClient, *, disturb: bool) -> Passed:
    passed = _of(grade(lab, client, attempt=False))
    last = _disturbing(lab, passed) if disturb else []
    return passed | _of(grade(lab, client, attempt=True, checks=last)) if last else passed


def _of(verdicts: Sequence[Verdict], outcome: Outcome = Outcome.PASSED) -> Passed:
    return frozenset(verdict.check for verdict in verdicts if verdict.outcome is outcome)


def common(grades: Sequence[Grades], ids: Collection[str]) -> tuple[Passed, Passed]:
    """Return the checks that passed in all runs of all seeds, and those that passed in some runs only (flapping)."""
    always = frozenset(ids).intersection(*(one.always for one in grades))
    flapping = frozenset(ids).intersection(frozenset[str]().union(*(one.once for one in grades))) - always
    return always, flapping
