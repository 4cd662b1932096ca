"""Proves labs within this server's capacity, and records the proofs beside the labs."""

import math
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.conf import settings

from labs.capacity.machine_capacity import machine_capacity
from labs.engine.definition.spec import Lab
from labs.engine.proof import record, trial
from labs.engine.proof.parallel import ParallelRunner, parallel_runner
from labs.engine.proof.parts import parts_of
from labs.engine.proof.proof import Finding, Proof, conclude, problems_of, trials, wrong_trials
from labs.engine.proof.trial import Trial
from labs.engine.proof.trial_result import TrialResult
from labs.engine.runtime import flavour_build
from labs.engine.runtime.driver import Engine
from labs.proving.converged_runner import ConvergedRunner
from labs.proving.kept_trials import KeptTrials
from labs.proving.limited_runner import LimitedRunner

MOST_AGAIN = 6  # trials of a lab that are made again: with more of them it is not the machine


@dataclass(slots=True)
class Proven:
    """The result of ``prove``. ``late`` has the labs that were not proven in time, with what changed since their proof."""

    proofs: list[Proof] = field(default_factory=list)
    late: dict[str, list[str] | None] = field(default_factory=dict)  # None: the lab has no proof

    @property
    def must_be_proven(self) -> list[str]:
        """The late labs that changed themselves. For the others only code has changed that all labs share."""
        return [name for name, parts in self.late.items() if is_urgent(parts)]


def is_urgent(changed: Sequence[str] | None) -> bool:
    return changed is None or "lab" in changed


def prove(
    labs: Sequence[Lab], *, again: bool, on_proof: Callable[[Proof, bool], None], seconds: float = math.inf
) -> Proven:
    """Prove each lab whose record is missing or stale (with ``again``: all labs), and write the records. Raises OSError.

    ``on_proof`` is called with each proof, and whether it was recorded before. After ``seconds`` no trial begins any more;
    labs that changed themselves come first. A proof that was interrupted goes on: right results of trials are kept until the
    record is written (with ``again``: nothing that was kept counts).
    """
    until, proven = time.monotonic() + seconds, Proven()
    now = {lab.id: parts_of(lab) for lab in labs}  # before the trials: a file may change while they run
    changed: dict[str, list[str] | None] = {}
    for lab in labs:
        old = record.read(lab)
        parts = old.changed_parts(now[lab.id]) if old else None
        if old and not parts and not again:
            proven.proofs.append(old.proof)
            on_proof(old.proof, True)
        else:
            changed[lab.id] = parts
    new = {lab.id: lab for lab in labs if lab.id in changed}
    ordered = sorted(new.values(), key=lambda lab: not is_urgent(changed[lab.id]))
    images = packages({lab.image for lab in ordered}) if ordered else {}
    kept = {lab.id: KeptTrials(lab.id, now[lab.id] | {"packages": images.get(lab.image, "")}) for lab in ordered}
    for one in kept.values() if again else ():
        one.forget()
    for proof in _proofs(ordered, until, kept) if ordered else ():
        del changed[proof.lab]
        today = datetime.now(UTC).date()
        record.write(
            new[proof.lab],
            proof,
            parts=now[proof.lab],
            today=today,
            packages=images.get(new[proof.lab].image, ""),
        )
        kept[proof.lab].forget()
        proven.proofs.append(proof)
        on_proof(proof, False)
    proven.late = changed
    return proven


def try_mutant(lab: Lab, name: str) -> list[Finding]:
    """Run the trials of one mutant, and return what is wrong with it. Nothing is recorded. Raises EngineError."""
    packages({lab.image})
    chosen = [one for one in trials(lab) if one.mutant and one.mutant.id == name]
    with parallel_runner(machine_capacity()) as runner:
        careful = ConvergedRunner.like(runner)
        return problems_of(lab, list(careful.run_all(chosen, lambda one: trial.run(one, careful))))


def packages(flavours: Collection[str]) -> dict[str, str]:
    """Return the hash of the packages in the image of each flavour, which is built first if it is missing.

    Empty if there is no lab image, so that nothing can be proven. Raises ImageNotBuilt.
    """
    with closing(Engine(settings.SITE_ID_TEXT)) as engine:
        if engine.image() is None:
            return {}
        for flavour in flavours:
            if engine.image(flavour) is None:
                flavour_build.build(flavour)
        return {image.flavour: image.packages for image in engine.images()}


def _proofs(labs: Sequence[Lab], until: float, kept: Mapping[str, KeptTrials]) -> Iterator[Proof]:
    """Run the trials of all labs in parallel. Yield each lab's proof when the last of its trials has ended.

    A lab of which a trial did not begin in time has no proof. Trials that are wrong are made again in the end, one after the
    other: many labs at once make a server late, and timers and limits in seconds with it.
    """
    every = [one for lab in labs for one in trials(lab)]
    left = Counter(one.lab.id for one in every)
    by_id = {lab.id: lab for lab in labs}
    results: dict[str, list[tuple[Trial, TrialResult]]] = {name: [] for name in by_id}
    again: dict[str, list[int]] = {}

    def run(one: Trial) -> TrialResult | None:
        if result := kept[one.lab.id].result(one):
            return result
        return trial.run(one, limited) if time.monotonic() < until else None

    with parallel_runner(machine_capacity()) as runner:
        limited = LimitedRunner.like(runner)
        for one, result in limited.run_all(every, run):  # the one that starts the labs: it knows when all must end
            name = one.lab.id
            if result is None:
                continue
            results[name].append((one, result))
            if not wrong_trials(by_id[name], [(one, result)]):
                kept[name].keep(one, result)
            left[name] -= 1
            if left[name]:
                continue
            wrong = wrong_trials(by_id[name], results[name])
            if 0 < len(wrong) <= MOST_AGAIN:
                again[name] = wrong
            else:
                yield conclude(by_id[name], results[name])
        for name, wrong in again.items():
            right = _alone(results[name], wrong, until, runner)
            proof = conclude(by_id[name], results[name])
            proof.right_alone = right
            yield proof


def _alone(done: list[tuple[Trial, TrialResult]], wrong: Sequence[int], until: float, runner: ParallelRunner) -> int:
    """Make these trials again while no other lab runs, in labs that have converged before anything is typed.

    Writes their new results, and returns how many are right now.
    """
    right, careful = 0, ConvergedRunner.like(runner)
    for number in wrong:
        if time.monotonic() > until:
            break
        one = done[number][0]
        done[number] = one, trial.run(one, careful)
        right += not wrong_trials(one.lab, [done[number]])
    return right
