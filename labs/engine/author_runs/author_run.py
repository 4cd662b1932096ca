"""A lab as its author runs it with ``manage.py try_lab``: started, typed into and graded, without a site or a database."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.engine.author_runs.terminals import Answer, read_commands, run_commands, type_and_listen
from labs.engine.authoring.answer_folders import Lines, read_folder
from labs.engine.authoring.catalog import check_folder
from labs.engine.authoring.filling import Filling
from labs.engine.authoring.parse import load_unfinished
from labs.engine.definition import solution
from labs.engine.definition.spec import Lab
from labs.engine.grading.grading import Verdict, grade, score
from labs.engine.proof.convergence import wait_until_converged
from labs.engine.runtime.client import LabClient
from labs.typed_yaml.errors import AuthoringError, AuthoringErrors
from labs.typed_yaml.shapes import nearest


def find_lab_folder(which: str, catalog: Path) -> Path:
    """Return the folder of a lab: WHICH is a path, or the id of a lab in the catalog. Raises AuthoringErrors."""
    folder = Path(which)
    if (folder / "lab.yaml").is_file() or "/" in which or folder.is_dir():
        return folder.resolve()
    labs, _errors = check_folder(catalog)
    if which in labs:
        return labs[which].folder
    if (catalog / which).is_dir():
        return catalog / which  # it has mistakes: whoever reads it reports them
    message = f"There is no folder of this name, and no lab of the catalog has this id: {nearest(which, list(labs))}"
    raise AuthoringErrors([AuthoringError(which, 1, message)])


def read_answers(folder: Path, lab: Lab) -> Lines:
    """Return the lines to type on each node: FOLDER/NODE.sh, written as a solution is. Raises AuthoringErrors."""
    usable = [node.name for node in lab.nodes.values() if node.learner and node.has_shell]
    lines, wrong = read_folder(folder, usable, Filling(lab.parameters) if lab.parameters else None)
    if wrong:
        raise AuthoringErrors(wrong)
    return lines


@dataclass(frozen=True, slots=True)
class GradedRun:
    """The verdicts of one pass over a lab, and what its terminals showed."""

    lab: Lab
    verdicts: Sequence[Verdict]
    seconds: Mapping[str, float]  # of the phases that there were: started, typed, converged, graded
    answers: Sequence[Answer] = ()  # to the lines that were typed
    outputs: Sequence[Answer] = ()  # of the author's commands
    not_converged: Sequence[str] = ()  # what had not converged when the lab was graded

    @property
    def points(self) -> int:
        return score(self.verdicts).points

    @property
    def unknown(self) -> int:
        """Points of checks whose verdict is unknown."""
        return score(self.verdicts).unknown

    @property
    def is_full(self) -> bool:
        return self.points == self.lab.points_of_all

    @property
    def could_be_full(self) -> bool:
        """Whether only unknown verdicts keep the lab from its full score."""
        return self.points + self.unknown == self.lab.points_of_all

    def as_json(self) -> dict[str, Any]:
        checks = {check.id: check for check in self.lab.checks()}
        about = {"lab": self.lab.id, "version": self.lab.version, "seed": self.lab.seed}
        return {
            **about,
            "parameters": {name: str(value) for name, value in self.lab.parameters.items()},
            "seconds": dict(self.seconds),
            "not_converged": list(self.not_converged),
            "typed": [answer.as_json() for answer in self.answers],
            "run": [output.as_json() for output in self.outputs],
            "score": self.points,
            "out_of": self.lab.points_of_all,
            "unknown": self.unknown,
            "verdicts": [
                {
                    "check": verdict.check,
                    "stage": verdict.stage,
                    "title": checks[verdict.check].title,
                    "outcome": str(verdict.outcome),
                    "points": verdict.points,
                    "out_of": verdict.out_of,
                    "expected": str(verdict.expected),
                    "seen": str(verdict.seen),
                    "node": verdict.node,
                    "command": verdict.command,
                    "cause": str(verdict.cause) if verdict.cause else "",
                    "read_more": list(verdict.read_more),
                    "seconds": verdict.seconds,
                }
                for verdict in self.verdicts
            ],
        }


class AuthorRun:
    """The run of an author: the folder of a lab, a seed, the lines that are typed into the lab, and commands to look at it."""

    def __init__(
        self,
        folder: Path,
        seed: int,
        *,
        solve: bool = False,
        answers: Path | None = None,
        commands: Sequence[str] = (),
    ) -> None:
        """Type the solution if ``solve``, else the files of the folder ``answers``, else nothing.

        ``commands`` are run when the lab has converged, before it is graded; each is written as "NODE: COMMAND".
        """
        self.folder, self.seed, self.solve, self.answers, self.commands = folder, seed, solve, answers, commands
        self.unfinished: Sequence[AuthoringError] = ()  # what the lab that was read last has not yet, or not right

    def read(self) -> tuple[Lab, Lines]:
        """Return the lab and the lines to type, as the files are now. Raises AuthoringErrors if it cannot run."""
        lab, self.unfinished = load_unfinished(self.folder, self.seed)
        read_commands(self.commands, lab)
        if self.answers:
            return lab, read_answers(self.answers, lab)
        return lab, solution.typed(lab) if self.solve else {}

    def read_when_corrected(self, complain: Callable[[AuthoringErrors], None]) -> tuple[Lab, Lines]:
        """Wait until a file has changed and no file has a mistake; report the mistakes meanwhile."""
        before = self.file_states()
        while True:
            time.sleep(0.2)
            if (now := self.file_states()) != before:
                before = now
                try:
                    return self.read()
                except AuthoringErrors as wrong:
                    complain(wrong)

    def type_and_grade(self, client: LabClient, lab: Lab, lines: Lines, started: float) -> GradedRun:
        """STARTED is how many seconds the start took. Raises EngineError; it names the node and the line that did not end."""
        began = time.monotonic()
        answers = type_and_listen(client, lines)
        typed = time.monotonic()
        not_converged = wait_until_converged(lab, client)
        outputs = self.look(client, lab)
        converged = time.monotonic()
        verdicts = grade(lab, client, attempt=True)
        seconds = {
            "started": started,
            "typed": typed - began,
            "converged": converged - typed,
            "graded": time.monotonic() - converged,
        }
        rounded = {phase: round(took, 2) for phase, took in seconds.items()}
        return GradedRun(lab, verdicts, rounded, answers, outputs, not_converged)

    def look(self, client: LabClient, lab: Lab) -> list[Answer]:
        """Run the author's commands. Raises EngineError."""
        return run_commands(client, read_commands(self.commands, lab))

    def file_states(self) -> object:
        """Return a value that changes when a file of the lab or of the answers changes."""
        roots = [self.folder, *([self.answers] if self.answers else [])]
        files = [path for root in roots for path in sorted(root.rglob("*")) if path.is_file()]
        return [(path, path.stat().st_mtime_ns, path.stat().st_size) for path in files]
