"""A lab as its author runs it with ``manage.py try_lab``: started, typed into and graded, without a site or a database."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from labs.engine.author_runs.report import GradedRun
from labs.engine.author_runs.terminal_outputs import Answer, read_commands, run_commands, type_and_listen
from labs.engine.authoring.answer_folders import Lines, read_folder
from labs.engine.authoring.filling import Filling
from labs.engine.authoring.runnable_while_unfinished import load_unfinished
from labs.engine.definition import solution
from labs.engine.definition.spec import Lab
from labs.engine.grading.grading import grade
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.convergence import wait_before_grading
from labs.typed_yaml.authoring_errors import AuthoringError, AuthoringErrors


def read_answers(folder: Path, lab: Lab) -> Lines:
    """Return the lines to type on each node: FOLDER/NODE.sh, written as a solution is. Raises AuthoringErrors."""
    usable = [node.name for node in lab.nodes.values() if node.learner and node.has_shell]
    lines, wrong = read_folder(folder, usable, Filling(lab.parameters) if lab.parameters else None)
    if wrong:
        raise AuthoringErrors(wrong)
    return lines


class AuthorRun:
    """The run of an author: the folder of a lab, a seed, the lines to type into the lab, and commands to run after them."""

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
        not_converged = wait_before_grading(lab, client)
        outputs = self.run_own_commands(client, lab)
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

    def run_own_commands(self, client: LabClient, lab: Lab) -> list[Answer]:
        """Run the author's commands. Raises EngineError."""
        return run_commands(client, read_commands(self.commands, lab))

    def file_states(self) -> object:
        """Return a value that changes when a file of the lab or of the answers changes."""
        roots = [self.folder, *([self.answers] if self.answers else [])]
        files = [path for root in roots for path in sorted(root.rglob("*")) if path.is_file()]
        return [(path, path.stat().st_mtime_ns, path.stat().st_size) for path in files]
