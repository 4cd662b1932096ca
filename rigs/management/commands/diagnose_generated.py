import logging
import math
import signal
import sys
import time
from argparse import ArgumentParser
from collections import defaultdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labs.capacity.proving import labs_of, machine_capacity
from labs.engine.definition.spec import Lab
from labs.engine.errors import EngineError
from labs.engine.proof.parallel import ParallelRunner, parallel_runner
from labs.engine.state.facts import State
from labs.typed_yaml.errors import AuthoringErrors
from rigs.diagnose import fault_set
from rigs.diagnose.fault_set import Tally
from rigs.diagnose.judging import Named
from rigs.diagnose.labs.all_labs import all_labs
from rigs.diagnose.trials import Effect, FaultResult, FaultTrial, run

HALVES = {True: "looked at", False: "never looked at"}


class Command(BaseCommand):
    help = "Put generated faults into labs, one at a time, and judge what a learner reads about the checks that fail."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("words", nargs="*", help="only faults whose id contains one of these words")
        parser.add_argument("--seen-only", action="store_true", help="only the half that developers may look at")
        parser.add_argument("--list", action="store_true", help="print the faults of that half, and start nothing")
        parser.add_argument("--most", type=int, default=fault_set.MOST, help="faults of one lab (default: %(default)s)")
        parser.add_argument("--minutes", type=float, default=math.inf, help="begin no trial after so many minutes")
        parser.add_argument("--no-controls", action="store_true", help="without the labs that have no fault")

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))  # so that the labs are removed
        logging.getLogger("labs").setLevel(logging.ERROR)
        self.began = time.monotonic()
        self.until = self.began + options["minutes"] * 60
        self.seen_only, self.tallies = options["seen_only"], {half: Tally() for half in HALVES}
        self.by_group: dict[tuple[str, str], Tally] = defaultdict(Tally)
        self.unnoticed: list[str] = []
        try:
            labs = [*labs_of([]), *all_labs()]
            wanted = [
                trial for trial in fault_set.trials(labs, options["most"]) if self._is_wanted(trial, options["words"])
            ]
            if options["list"]:
                self._list(wanted)
                return
            bad = self._run(labs, wanted, controls=not options["no_controls"])
        except (EngineError, AuthoringErrors) as error:
            raise CommandError(str(error)) from error
        self._tell_all()
        if bad or any(tally.named[Named.WRONG] for tally in self.tallies.values()):
            sys.exit(1)

    def _is_wanted(self, trial: FaultTrial, words: list[str]) -> bool:
        assert trial.fault  # noqa: S101 - for the type checker
        return (trial.fault.is_seen or not self.seen_only) and (not words or any(word in trial.id for word in words))

    def _list(self, trials: list[FaultTrial]) -> None:
        for trial in trials:
            if trial.fault and trial.fault.is_seen:
                self.stdout.write(f"{trial.id}\n      {'; '.join(truth.sentence for truth in trial.fault.truths)}")
        self.stdout.write(f"{len(trials)} faults")

    def _run(self, labs: list[Lab], trials: list[FaultTrial], *, controls: bool) -> int:
        """Run all trials, those without a fault first: they say what the hosts reach. Return how many of these are bad."""
        used = {trial.lab.id for trial in trials}
        reached: dict[str, frozenset[tuple[str, str]]] = {}
        solved: dict[str, State] = {}
        bad = 0
        with parallel_runner(machine_capacity()) as runner:
            without = fault_set.controls([lab for lab in labs if lab.id in used]) if controls else []
            for trial, result in runner.run_all(without, lambda one: run(one, runner, {}, {})):
                reached[trial.lab.id] = reached.get(trial.lab.id, frozenset()) | result.reached
                if result.solved and not trial.answer:
                    solved[trial.lab.id] = result.solved
                bad += bool(result.problem)
                self.stdout.write(f"{'BAD' if result.problem else 'good':5}{trial.id}  {result.problem}")
            for trial, made in runner.run_all(trials, lambda one: self._in_time(one, runner, reached, solved)):
                if made:
                    self._tell(trial, made)
        return bad

    def _in_time(
        self,
        trial: FaultTrial,
        runner: ParallelRunner,
        reached: dict[str, frozenset[tuple[str, str]]],
        solved: dict[str, State],
    ) -> FaultResult | None:
        return run(trial, runner, reached, solved) if time.monotonic() < self.until else None

    def _tell(self, trial: FaultTrial, result: FaultResult) -> None:
        """Count a result. Print what was read only of the half that may be looked at."""
        fault = trial.fault
        assert fault  # noqa: S101 - for the type checker
        self.tallies[fault.is_seen].add(result)
        if not fault.is_seen:
            return
        self.by_group["network", fault.network].add(result)
        self.by_group["kind", fault.kind].add(result)
        self.by_group["thing", fault.thing].add(result)
        if result.effect is Effect.UNNOTICED:
            self.unnoticed.append(fault.id)
        word = result.named if result.effect is Effect.FAILS else result.effect
        self.stdout.write(f"{word}  {fault.id}  ({result.seconds:.0f} s)  {result.problem}")
        self.stdout.write(f"      truth: {'; '.join(truth.sentence for truth in fault.truths)}")
        for one in result.judged:
            self.stdout.write(f"      {one.named}{' general' if one.general else ''} {one.check}: {one.text}")

    def _tell_all(self) -> None:
        for (what, name), tally in sorted(self.by_group.items()):
            counts = "  ".join(f"{named} {tally.named[named]:3}" for named in Named)
            self.stdout.write(f"{what:8} {name:28} {counts}")
        for name in self.unnoticed:
            self.stdout.write(f"goal broken, all checks passed: {name}")
        self.stdout.write(f"\n{time.monotonic() - self.began:.0f} s")
        for half, name in HALVES.items():
            if half or not self.seen_only:
                self.stdout.write(f"{name}: {self.tallies[half].beside()}")
                self.stdout.write(f"{name}: {self.tallies[half].line()}")
