"""Runs the fault set, and tells what a learner reads: one by one for the half that may be looked at, only counts for the other."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from labs.engine.definition.spec import Lab
from labs.engine.proof.parallel import Capacity, ParallelRunner, parallel_runner
from labs.engine.state.facts import State
from rigs.diagnose import fault_set, fault_trials
from rigs.diagnose.fault_set import Tally
from rigs.diagnose.fault_trials import Effect, FaultResult, FaultTrial
from rigs.diagnose.generators.fault import GeneratedFault
from rigs.diagnose.judging import Named

HALVES: Mapping[bool, str] = {True: "looked at", False: "never looked at"}
MOST_WRONG = 0.02  # of the faults of a half

type Tell = Callable[[str], object]


@dataclass(slots=True)
class GeneratedRun:
    """``tell`` gets each line. After ``until``, a time of time.monotonic(), no trial begins."""

    tell: Tell
    until: float
    tallies: dict[bool, Tally] = field(default_factory=lambda: {half: Tally() for half in HALVES})
    in_answers: dict[bool, Tally] = field(default_factory=lambda: {half: Tally() for half in HALVES})
    controls: int = 0  # trials without a fault
    groups: dict[tuple[str, str], Tally] = field(default_factory=lambda: defaultdict(Tally))
    unnoticed: list[str] = field(default_factory=list)
    left_out: int = 0  # faults that were not tried
    failing: set[str] = field(default_factory=set)  # labs in which a check fails without a fault
    bad: int = 0  # trials without a fault in which a check failed or something was named
    reached: dict[str, frozenset[tuple[str, str]]] = field(default_factory=dict)  # by lab, without a fault
    solved: dict[str, State] = field(default_factory=dict)  # by lab, without a fault: the diagnosis compares with it

    @property
    def is_good(self) -> bool:
        """Whether nothing was named without a fault, and the wrong names are as few as they may be."""
        each = [tally.named for tally in self.tallies.values()]
        return not self.bad and all(named[Named.WRONG] <= MOST_WRONG * named.total() for named in each)

    def run(
        self, labs: Sequence[Lab], wanted: Sequence[FaultTrial], capacity: Capacity, *, answers: bool = False
    ) -> None:
        """Run these trials of faults; before them, each of their labs without a fault, and with ``answers`` its other answers."""
        used = {trial.lab.id for trial in wanted}
        rests: list[FaultTrial] = []
        with parallel_runner(capacity) as runner:
            controls = fault_set.controls([lab for lab in labs if lab.id in used], answers=answers)
            for trial, result in runner.run_all(controls, lambda one: fault_trials.run(one, runner, {})):
                self._tell_control(trial, result)
            for trial, made in runner.run_all(wanted, lambda one: self._in_time(one, runner)):
                if made and trial.fault:
                    self._tell_fault(trial, trial.fault, made)
                    rests += self._rest_of_pair(trial, trial.fault, made)
                self.left_out += made is None
            for trial, made in runner.run_all(rests, lambda one: self._in_time(one, runner)):
                self._tell_rest(trial, made)

    def _in_time(self, trial: FaultTrial, runner: ParallelRunner) -> FaultResult | None:
        """Run a trial, unless the time is over, or its lab fails without a fault: then its faults say nothing."""
        if time.monotonic() > self.until or trial.lab.id in self.failing:
            return None
        return fault_trials.run(trial, runner, self.reached, self.solved)

    def _tell_control(self, trial: FaultTrial, result: FaultResult) -> None:
        self.reached[trial.lab.id] = self.reached.get(trial.lab.id, frozenset()) | result.reached
        if result.solved and not trial.answer:
            self.solved[trial.lab.id] = result.solved
        self.controls += 1
        self.bad += bool(result.problem)
        if result.problem and not trial.answer:
            self.failing.add(trial.lab.id)
        self.tell(f"{'BAD' if result.problem else 'good':5} {trial.id}  {result.problem}")

    def _rest_of_pair(self, trial: FaultTrial, pair: GeneratedFault, made: FaultResult) -> Iterator[FaultTrial]:
        """Count a pair; yield the lab in which the fault is mended that the first failed check named. The other must be named then.

        Whether the rest may be told is decided by the pair.
        """
        if not pair.parts or made.effect is not Effect.FAILS:
            return
        tally, nearer = self.tallies[pair.is_seen], made.judged[0].truth
        tally.pairs += 1
        if nearer is not None:
            tally.nearer += 1
            rest = replace(pair.parts[1 - nearer], place=f"{pair.place}, the {('first', 'second')[nearer]} mended")
            yield replace(trial, fault=replace(rest, parts=(pair,)))

    def _tell_rest(self, trial: FaultTrial, made: FaultResult | None) -> None:
        pair = trial.fault.parts[0] if trial.fault else None
        if made is None or pair is None or trial.fault is None:
            return
        is_right = made.effect is Effect.NONE or (made.effect is Effect.FAILS and made.named is Named.RIGHT)
        self.tallies[pair.is_seen].both += is_right
        if pair.is_seen:
            self.tell(f"{'right' if is_right else 'BAD'} {trial.id}  {'; '.join(one.text for one in made.judged)}")

    def _tell_fault(self, trial: FaultTrial, fault: GeneratedFault, result: FaultResult) -> None:
        (self.in_answers if trial.answer else self.tallies)[fault.is_seen].add(result)
        if not fault.is_seen:
            return
        for group in (("network", fault.network), ("kind", fault.kind), ("thing", fault.thing)):
            if not trial.answer:
                self.groups[group].add(result)
        if result.effect is Effect.UNNOTICED:
            self.unnoticed.append(trial.id)
        word = result.named if result.effect is Effect.FAILS else result.effect
        self.tell(f"{word}     {trial.id}  ({result.seconds:.0f} s)  {result.problem}")
        self.tell(f"      truth: {'; '.join(truth.sentence for truth in fault.truths)}")
        for one in result.judged:
            self.tell(f"      {one.named}{' general' if one.general else ''} {one.check}: {one.text}")

    def tell_all(self, seconds: float) -> None:
        """Tell the sums: by network, kind and thing of the half that may be looked at, and the closing line of each half."""
        for (what, name), tally in sorted(self.groups.items()):
            self.tell(f"{what:8} {name:28} {'  '.join(f'{named} {tally.named[named]:3}' for named in Named)}")
        for name in self.unnoticed:
            self.tell(f"goal broken, all checks passed: {name}")
        self.tell(f"\n{seconds:.0f} s")
        if self.left_out:
            self.tell(f"{self.left_out} faults were not tried: the time was over, or their lab fails without a fault")
        self.tell(f"without a fault: {self.controls} labs and other answers, {self.bad} in which a check failed")
        for half, name in HALVES.items():
            if self.in_answers[half].effects:
                self.tell(f"in other answers, {name}: {self.in_answers[half].line()}")
        for half, name in HALVES.items():
            if self.tallies[half].effects:
                self.tell(f"{name}: {self.tallies[half].line_of_time()}")
                self.tell(f"{name}: {self.tallies[half].line_of_pairs()}")
                self.tell(f"{name}: {self.tallies[half].beside()}")
                self.tell(f"{name}: {self.tallies[half].line()}")


def wanted_trials(
    labs: Sequence[Lab], words: Sequence[str], *, most: int, seen_only: bool, answers: bool = False
) -> list[FaultTrial]:
    """Return the trials of faults whose id contains one of the words, or all without words; with ``answers``, in other answers."""
    every = fault_set.in_other_answers(labs) if answers else fault_set.trials(labs, most)
    halves = [one for one in every if one.fault and (one.fault.is_seen or not seen_only)]
    return [one for one in halves if not words or any(word in one.id for word in words)]


def list_faults(wanted: Sequence[FaultTrial], tell: Tell) -> None:
    """Tell the faults of the half that may be looked at, without trying any."""
    for fault in (one.fault for one in wanted if one.fault and one.fault.is_seen):
        tell(f"{fault.id}\n      {'; '.join(truth.sentence for truth in fault.truths)}")
    tell(f"{len(wanted)} faults")
