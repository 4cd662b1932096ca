"""The proof of a lab: what was tried, what came out, and the score over many labs. Pure, but for the lines' places in the files."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from labs.engine.authoring.catalog import SEEDS
from labs.engine.authoring.mutants import find
from labs.engine.authoring.parse import load_lab
from labs.engine.definition import solution
from labs.engine.definition.spec import Lab
from labs.engine.proof.trial import Kind, Trial, Tried
from labs.engine.proof.units import Unit, units

ASKED, EXCUSED = 95.0, 5.0  # percent: lines that are noticed; lines that may be declared as exceptions


@dataclass(frozen=True, slots=True)
class Said:
    """Something about a place in a lab folder."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


@dataclass(slots=True, kw_only=True)
class Proof:
    """What is known of one lab. It is proven when nothing of it is wrong; whether its checks notice enough, the score says."""

    lab: str
    folder: str
    seeds: int
    mutants: int = 0
    lines: int = 0  # of the solution, that were left out one by one
    noticed: int = 0
    unnoticed: list[Said] = field(default_factory=list)
    exceptions: list[Said] = field(default_factory=list)  # not noticed, and the lab says why
    problems: list[Said] = field(default_factory=list)
    start_s: float = 0.0
    memory_mb: float = 0.0
    grading_s: float = 0.0

    @property
    def is_proven(self) -> bool:
        return not self.problems

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Proof":
        texts = {key: [Said(**said) for said in kept[key]] for key in ("unnoticed", "exceptions", "problems")}
        return cls(**{**kept, **texts})

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def trials(lab: Lab) -> list[Trial]:
    """Returns all that proves a lab: the whole with each seed, and each line of the solution with the plain values."""
    seeds = [load_lab(lab.folder, seed) for seed in SEEDS] if lab.parameters else [lab]
    whole = [Trial(lab=one, kind=Kind.REFERENCE) for one in seeds]
    mutants = [Trial(lab=one, kind=Kind.MUTANT, mutant=mutant) for one in seeds for mutant in one.mutants]
    return [*whole, *mutants, *(Trial(lab=lab, kind=Kind.LINE, unit=unit) for unit in units(lab))]


def conclude(lab: Lab, tried: Iterable[tuple[Trial, Tried]]) -> Proof:
    """Puts together what came out of a lab's trials."""
    done = list(tried)
    whole = [found for trial, found in done if trial.kind is Kind.REFERENCE]
    proof = Proof(lab=lab.id, folder=str(lab.folder), seeds=len(whole), mutants=len(lab.mutants))
    proof.start_s = round(median(found.start for found in whole), 2)
    proof.memory_mb = round(median(found.memory for found in whole) / (1 << 20), 1)
    proof.grading_s = round(median(found.grading for found in whole), 3)
    excused = {_place(lab, one.on, *find(lab.solution, one)): one.reason for one in lab.unnoticed}
    for trial, found in done:
        file, line, what = _about(lab, trial)
        proof.problems += [Said(file, line, f"{what}{text}") for text in found.problems]
        if trial.kind is Kind.LINE and not found.problems:
            _count(proof, trial.unit, (file, line), found, excused)
    for list_ in (proof.problems, proof.unnoticed, proof.exceptions):
        list_.sort(key=lambda said: (said.file, said.line, said.text))
    return proof


def _count(
    proof: Proof, unit: Unit | None, place: tuple[str, int], found: Tried, excused: Mapping[tuple[str, int], str]
) -> None:
    assert unit  # noqa: S101 - for the type checker
    proof.lines += 1
    if found.noticed_by:
        proof.noticed += 1
        if place in excused:
            text = f"{found.noticed_by} notices this line after all; take it out of unnoticed."
            proof.problems.append(Said(*place, text))
    elif place in excused:
        proof.exceptions.append(Said(*place, excused[place]))
    else:
        proof.unnoticed.append(Said(*place, f'No check notices when "{unit.text}" is left out.'))


def _about(lab: Lab, trial: Trial) -> tuple[str, int, str]:
    """Returns the place that a trial is about, and the words that its sentences begin with."""
    seed = f"(With the numbers of seed {trial.lab.seed}.) " if trial.lab.seed else ""
    if trial.unit:
        return (*_place(lab, trial.unit.node, trial.unit.stage, trial.unit.at[0]), "")
    if trial.mutant:
        return str(lab.folder / "lab.yaml"), trial.mutant.line, f"{seed}Mutant {trial.mutant.id}: "
    return str(lab.folder / "lab.yaml"), 1, seed


def _place(lab: Lab, node: str, stage: str, at: int) -> tuple[str, int]:
    file = lab.folder / solution.FOLDER / f"{node}.sh"
    numbers = solution.numbers(file.read_text(encoding="utf-8"), [stage.id for stage in lab.stages])
    return str(file), numbers[stage][at]


@dataclass(frozen=True, slots=True)
class Sum:
    """All proofs of a run together. Exceptions above 5 % of the lines count as not noticed."""

    labs: int
    proven: int
    lines: int
    noticed: int
    exceptions: int

    @classmethod
    def of(cls, proofs: Sequence[Proof]) -> "Sum":
        return cls(
            len(proofs),
            sum(proof.is_proven for proof in proofs),
            sum(proof.lines for proof in proofs),
            sum(proof.noticed for proof in proofs),
            sum(len(proof.exceptions) for proof in proofs),
        )

    @property
    def score(self) -> float:
        """Percent of the lines that count."""
        counted = self.lines - min(self.exceptions, math.floor(self.lines * EXCUSED / 100))
        return 100 * self.noticed / counted if counted else 100.0

    @property
    def is_enough(self) -> bool:
        return self.labs == self.proven and self.score >= ASKED

    def __str__(self) -> str:
        # Rounded down, so that what is too little never looks like enough
        shown = f"{math.floor(self.score * 10) / 10:g}"
        return f"{self.proven} labs proven, mutation score {shown} %, {self.exceptions} exceptions"
