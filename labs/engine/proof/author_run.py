"""A lab as its author tries it: started, typed into, graded. No site, no database."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.engine.authoring.catalog import check_folder
from labs.engine.authoring.filling import Filling
from labs.engine.authoring.parse import load_lab
from labs.engine.definition import solution
from labs.engine.definition.spec import Lab
from labs.engine.grading.grading import Verdict, grade, score
from labs.engine.runtime.client import Session
from labs.engine.runtime.shell import type_lines
from labs.engine.shared import pace
from labs.typed_yaml.errors import AuthoringError, AuthoringErrors
from labs.typed_yaml.shapes import nearest

type Lines = Mapping[str, Sequence[str]]  # what is typed, by node

TYPING_SECONDS = pace.seconds(300.0)


def folder_of(which: str, catalog: Path) -> Path:
    """Returns a lab's folder: of a path, or of an id in the catalog. Raises AuthoringErrors."""
    folder = Path(which)
    if (folder / "lab.yaml").is_file() or "/" in which or folder.is_dir():
        return folder.resolve()
    labs, _errors = check_folder(catalog)
    if which in labs:
        return labs[which].folder
    if (catalog / which).is_dir():
        return catalog / which  # one that is wrong: whoever reads it says why
    raise AuthoringErrors(
        [AuthoringError(which, 1, f"Neither a folder nor a lab of the catalog: {nearest(which, list(labs))}")]
    )


def answers(folder: Path, lab: Lab) -> dict[str, tuple[str, ...]]:
    """Reads what is to be typed on each node, folder/NODE.sh, written as a solution is. Raises AuthoringErrors."""
    wrong: list[AuthoringError] = []
    typed: dict[str, tuple[str, ...]] = {}
    usable = [node.name for node in lab.nodes.values() if node.learner and node.has_shell]
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    if not files:
        raise AuthoringErrors(
            [AuthoringError(str(folder), 1, "There is nothing to type: put in NODE.sh, one for each node.")]
        )
    for file in files:
        if file.suffix != ".sh" or file.stem not in usable:
            what = f"This is not NODE.sh of a node on which a learner types: {nearest(file.stem, usable)}"
            wrong.append(AuthoringError(str(file), 1, what))
            continue
        try:
            text, mistakes = Filling(lab.parameters).fill(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            wrong.append(AuthoringError(str(file), 1, f"The file cannot be read as UTF-8: {error}"))
            continue
        wrong += [AuthoringError(str(file), line, message) for line, message in mistakes if lab.parameters]
        typed[file.stem] = solution.to_type(text)
    if wrong:
        raise AuthoringErrors(wrong)
    return typed


@dataclass(frozen=True, slots=True)
class Tried:
    """What one pass of the grader said of a lab."""

    lab: Lab
    verdicts: Sequence[Verdict]
    seconds: Mapping[str, float]  # of the phases: started, typed, graded; those that were

    @property
    def points(self) -> int:
        return score(self.verdicts).points

    @property
    def unknown(self) -> int:
        """Points of checks that we could not look at."""
        return score(self.verdicts).unknown

    @property
    def is_full(self) -> bool:
        return self.points == self.lab.points

    @property
    def could_be_full(self) -> bool:
        """Whether only what we could not look at keeps it from its full score."""
        return self.points + self.unknown == self.lab.points

    def as_json(self) -> dict[str, Any]:
        checks = {check.id: check for check in self.lab.checks()}
        about = {"lab": self.lab.id, "version": self.lab.version, "seed": self.lab.seed}
        return {
            **about,
            "parameters": {name: str(value) for name, value in self.lab.parameters.items()},
            "seconds": dict(self.seconds),
            "score": self.points,
            "out_of": self.lab.points,
            "unknown": self.unknown,
            "verdicts": [
                {
                    "check": one.check,
                    "stage": one.stage,
                    "title": checks[one.check].title,
                    "outcome": str(one.outcome),
                    "points": one.points,
                    "out_of": one.out_of,
                    "expected": str(one.expected),
                    "seen": str(one.seen),
                    "node": one.node,
                    "command": one.command,
                    "cause": str(one.cause) if one.cause else "",
                    "read_more": list(one.read_more),
                    "seconds": one.seconds,
                }
                for one in self.verdicts
            ],
        }


class Try:
    """A lab that is being tried: its folder, its seed, and what is typed into it."""

    def __init__(self, folder: Path, seed: int, *, solve: bool = False, answered: Path | None = None) -> None:
        self.folder, self.seed, self.solve, self.answered = folder, seed, solve, answered

    def read(self) -> tuple[Lab, Lines]:
        """The lab and what is typed, as the files are now. Raises AuthoringErrors."""
        lab = load_lab(self.folder, self.seed)
        if self.answered:
            return lab, answers(self.answered, lab)
        return lab, solution.typed(lab) if self.solve else {}

    def mended(self, complain: Callable[[AuthoringErrors], None]) -> tuple[Lab, Lines]:
        """Wait until a file has changed and all is readable."""
        stamp = self.stamp()
        while True:
            time.sleep(0.2)
            if (now := self.stamp()) != stamp:
                stamp = now
                try:
                    return self.read()
                except AuthoringErrors as wrong:
                    complain(wrong)

    def once(self, session: Session, lab: Lab, lines: Lines, started: float) -> Tried:
        """Type and grade. Raises EngineError, which says the node and the line that had no end."""
        began = time.monotonic()
        type_lines(session, lines, seconds=TYPING_SECONDS)
        typed = time.monotonic()
        verdicts = grade(lab, session, attempt=True)
        took = {"started": started, "typed": typed - began, "graded": time.monotonic() - typed}
        return Tried(lab, verdicts, {name: round(seconds, 2) for name, seconds in took.items()})

    def stamp(self) -> object:
        """Changes when a file of the lab, or of the answers, does."""
        roots = [self.folder, *([self.answered] if self.answered else [])]
        files = [path for root in roots for path in sorted(root.rglob("*")) if path.is_file()]
        return [(path, path.stat().st_mtime_ns, path.stat().st_size) for path in files]
