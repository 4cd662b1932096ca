"""The proof of a lab: its trials, their results, and the score over many labs. It starts no lab; it reads the labs' files."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from statistics import median
from typing import Any

from labs.engine.authoring import answer_folders
from labs.engine.authoring.catalog import SEEDS
from labs.engine.authoring.mutants import find
from labs.engine.authoring.parse import load_lab
from labs.engine.definition import solution
from labs.engine.definition.spec import Lab
from labs.engine.proof.solution_lines import Unit, units
from labs.engine.proof.trial import Trial, TrialKind
from labs.engine.proof.trial_result import TrialResult
from labs.engine.state.facts import State

WANTED_SCORE, MOST_EXCEPTIONS = 95.0, 5.0  # percent of the lines: that checks notice; that may be exceptions


@dataclass(frozen=True, slots=True)
class Finding:
    """The finding of a proof about a line of a lab folder."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


@dataclass(slots=True, kw_only=True)
class Proof:
    """The results for one lab. A lab without problems is proven; the score says whether its checks notice enough."""

    lab: str
    folder: str
    seeds: int
    mutants: int = 0
    answers: int = 0  # other right answers
    lines: int = 0  # of the solution, left out one by one
    noticed: int = 0  # lines whose absence a check noticed
    resumed: int | None = (
        None  # points of the solved lab after a resume; None: it is a class lab, or the proof is older
    )
    unnoticed: list[Finding] = field(default_factory=list)
    exceptions: list[Finding] = field(default_factory=list)  # not noticed, and the author gave a reason
    untouched: list[Finding] = field(default_factory=list)  # checks that give points before anything is typed
    problems: list[Finding] = field(default_factory=list)
    start_s: float = 0.0
    memory_mb: float = 0.0
    grading_s: float = 0.0
    attempt_s: float = 0.0  # of a right answer, with the checks that disturb the network
    right_alone: int = 0  # trials that were wrong beside other labs, and right when no other lab ran
    # Values and states; kept in a file of their own
    solved: list[tuple[Mapping[str, Any], State]] = field(default_factory=list)

    @property
    def is_proven(self) -> bool:
        return not self.problems

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Proof":
        lists = ("unnoticed", "exceptions", "untouched", "problems")
        findings = {key: [Finding(**one) for one in stored.get(key, ())] for key in lists}
        return cls(**{**stored, **findings})

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(replace(self, solved=[])).items() if name != "solved"}


def trials(lab: Lab) -> list[Trial]:
    """Return the trials that prove a lab: the whole lab with each seed, a resume with one seed, and each line of the solution with
    the author's values.

    A class lab is not resumed: its save is its instructor's, and nobody starts it alone.
    """
    seeds = [load_lab(lab.folder, seed) for seed in SEEDS] if lab.parameters else [lab]
    whole = [Trial(lab=one, kind=TrialKind.REFERENCE) for one in seeds]
    mutants = [Trial(lab=one, kind=TrialKind.MUTANT, mutant=mutant) for one in seeds for mutant in one.mutants]
    others = [Trial(lab=one, kind=TrialKind.ANSWER, answer=name) for one in seeds for name in one.answers]
    resumed = [] if lab.seats else [Trial(lab=seeds[0], kind=TrialKind.RESUME)]
    seated = [Trial(lab=lab, kind=TrialKind.SEATS)] if lab.has_bots else []
    return [
        *whole,
        *mutants,
        *others,
        *resumed,
        *seated,
        *(Trial(lab=lab, kind=TrialKind.LINE, unit=unit) for unit in units(lab)),
    ]


def conclude(lab: Lab, results: Iterable[tuple[Trial, TrialResult]]) -> Proof:
    """Make the proof from the results of a lab's trials."""
    done = list(results)
    whole = [result for trial, result in done if trial.kind is TrialKind.REFERENCE]
    proof = Proof(
        lab=lab.id, folder=str(lab.folder), seeds=len(whole), mutants=len(lab.mutants), answers=len(lab.answers)
    )
    proof.start_s = round(median(result.start for result in whole), 2)
    proof.memory_mb = round(median(result.memory for result in whole) / (1 << 20), 1)
    proof.grading_s = round(median(result.grading for result in whole), 3)
    proof.attempt_s = round(median(result.attempt for result in whole), 1)
    proof.solved = [(trial.lab.parameters, result.state) for trial, result in done if result.state is not None]
    proof.resumed = next((result.resumed for trial, result in done if trial.kind is TrialKind.RESUME), None)
    proof.untouched = _untouched(lab, [name for result in whole for name in result.untouched])
    exceptions = {_place(lab, one.on, *find(lab.solution, one)): one.reason for one in lab.unnoticed}
    for trial, result in done:
        if trial.kind is TrialKind.LINE and not result.problems:
            file, line, _what = _about(lab, trial)
            _count(proof, trial.unit, (file, line), result, exceptions)
    proof.problems += problems_of(lab, done)
    for list_ in (proof.problems, proof.unnoticed, proof.exceptions):
        list_.sort(key=lambda finding: (finding.file, finding.line, finding.text))
    return proof


def wrong_trials(lab: Lab, done: Sequence[tuple[Trial, TrialResult]]) -> list[int]:
    """Return the positions of the trials that keep the lab from being proven, or leave a line unnoticed without a reason."""
    exempt = {(one.on, *find(lab.solution, one)) for one in lab.unnoticed}

    def is_wrong(trial: Trial, result: TrialResult) -> bool:
        unit = trial.unit if not result.noticed_by else None
        is_unnoticed = unit is not None and (unit.node, unit.stage, unit.at[0]) not in exempt
        return bool(result.problems or result.misjudged) or is_unnoticed

    return [number for number, (trial, result) in enumerate(done) if is_wrong(trial, result)]


def problems_of(lab: Lab, done: Sequence[tuple[Trial, TrialResult]]) -> list[Finding]:
    """Return what is wrong, by the results of these trials."""
    found = []
    for trial, result in done:
        file, line, what = _about(lab, trial)
        found += [Finding(file, line, f"{what}{text}") for text in result.problems]
    return found + _misjudged(lab, done)


def _misjudged(lab: Lab, done: Sequence[tuple[Trial, TrialResult]]) -> list[Finding]:
    """Return a finding for each check that does not fail, or fails, against what a mutant says, and for which seeds this is so."""
    tried: dict[str, list[int]] = {}
    found: dict[tuple[str, str], list[tuple[Trial, str]]] = {}
    for trial, result in done:
        if trial.mutant:
            tried.setdefault(trial.mutant.id, []).append(trial.lab.seed)
            for check, text in result.misjudged.items():
                found.setdefault((trial.mutant.id, check), []).append((trial, text))
    findings = []
    for (mutant, _check), wrong in found.items():
        (trial, text), *_others = wrong
        seeds = {one.lab.seed for one, _text in wrong}
        others = sorted(set(tried[mutant]) - seeds)
        if others:
            text = f"{text} With {_seeds(sorted(seeds))} only, not with {_seeds(others)}: {NOT_BY_CHANCE}"
        file, line, what = _about(lab, trial, seed=False)
        findings.append(Finding(file, line, f"{what}{text}"))
    return findings


NOT_BY_CHANCE = (
    "a mutant must give the same verdicts each time. They may depend on a hash (ECMP), on a drawn value or on chance."
)


def _seeds(seeds: Sequence[int]) -> str:
    return f"seed{'' if len(seeds) == 1 else 's'} {', '.join(map(str, seeds))}"


def _untouched(lab: Lab, passed: Collection[str]) -> list[Finding]:
    """Return a finding for each check that passed, with any seed, before anything was typed."""
    return [
        Finding(str(lab.folder / "lab.yaml"), check.line, f"{check.id} ({check.points} points) passes untouched.")
        for check in lab.checks()
        if check.id in passed
    ]


def _count(
    proof: Proof,
    unit: Unit | None,
    place: tuple[str, int],
    result: TrialResult,
    exceptions: Mapping[tuple[str, int], str],
) -> None:
    assert unit  # noqa: S101 - for the type checker
    proof.lines += 1
    if result.noticed_by:
        proof.noticed += 1
        if place in exceptions:
            text = f"{result.noticed_by} notices that this line is missing. Remove it from unnoticed."
            proof.problems.append(Finding(*place, text))
    elif place in exceptions:
        proof.exceptions.append(Finding(*place, exceptions[place]))
    else:
        proof.unnoticed.append(Finding(*place, f'No check notices when "{unit.text}" is left out.'))


def _about(lab: Lab, trial: Trial, *, seed: bool = True) -> tuple[str, int, str]:
    """Return the file and line that a trial is about, and the beginning of its sentences, with its SEED or without."""
    with_seed = f"(With seed {trial.lab.seed}.) " if seed and trial.lab.seed else ""
    if trial.unit:
        return (*_place(lab, trial.unit.node, trial.unit.stage, trial.unit.at[0]), "")
    if trial.mutant:
        return str(lab.folder / "lab.yaml"), trial.mutant.line, f"{with_seed}Mutant {trial.mutant.id}: "
    if trial.answer:
        return str(lab.folder / answer_folders.FOLDER / trial.answer), 1, with_seed
    line = lab.resumed.line if trial.kind is TrialKind.RESUME and lab.resumed else 1
    return str(lab.folder / "lab.yaml"), line, with_seed


def _place(lab: Lab, node: str, stage: str, at: int) -> tuple[str, int]:
    file = solution.file_of(lab, node)
    numbers = solution.numbers(file.read_text(encoding="utf-8"), [stage.id for stage in lab.stages])
    return str(file), numbers[stage][at]


@dataclass(frozen=True, slots=True)
class Summary:
    """All proofs of a run. Exceptions above 5 % of the lines count as not noticed."""

    labs: int
    proven: int
    lines: int
    noticed: int
    exceptions: int

    @classmethod
    def of(cls, proofs: Sequence[Proof]) -> "Summary":
        return cls(
            len(proofs),
            sum(proof.is_proven for proof in proofs),
            sum(proof.lines for proof in proofs),
            sum(proof.noticed for proof in proofs),
            sum(len(proof.exceptions) for proof in proofs),
        )

    @property
    def score(self) -> float:
        """Percent of the lines whose absence was noticed, without the exceptions that are allowed."""
        counted = self.lines - min(self.exceptions, math.floor(self.lines * MOST_EXCEPTIONS / 100))
        return 100 * self.noticed / counted if counted else 100.0

    @property
    def is_enough(self) -> bool:
        return self.labs == self.proven and self.score >= WANTED_SCORE

    def __str__(self) -> str:
        # Rounded down, so that a score below the limit never looks like the limit
        shown = f"{math.floor(self.score * 10) / 10:g}"
        exceptions = counted(self.exceptions, "exception")
        return f"{counted(self.proven, 'lab')} proven, mutation score {shown} %, {exceptions}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, as “1 lab” or “2 labs”."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
