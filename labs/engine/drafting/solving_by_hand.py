"""Lets an author solve a lab by hand, stage by stage, and writes the solution from the states in between."""

from collections.abc import Callable
from pathlib import Path

from labs.engine.definition import solution
from labs.engine.definition.spec import Kind, Lab
from labs.engine.drafting import lab_without_checks
from labs.engine.drafting.lab_without_checks import Unchecked
from labs.engine.drafting.observed import Observed, observe
from labs.engine.drafting.solution_draft import not_typed, solution_files
from labs.engine.proof.parallel import ParallelRunner
from labs.engine.runtime.convergence import wait_before_grading

DONE = "done"

type Ask = Callable[[str], str]  # asks the author, and returns what they typed; raises EOFError
type Open = Callable[[str, str], None]  # opens a terminal on a node of a session, until the author leaves it


class SolvedAlready(Exception):
    """The lab has a solution, which nothing may replace; the text says what to do."""


def solve(
    lab: Unchecked, runner: ParallelRunner, ask: Ask, open_terminal: Open, say: Callable[[str], None]
) -> list[Path]:
    """Start the lab, let the author solve each stage, and return the files of the solution that were written.

    Raises SolvedAlready, AuthoringErrors, EngineError, and EOFError if the author gives up.
    """
    folder = lab.folder / solution.FOLDER
    if any(folder.glob("*.sh")):
        raise SolvedAlready(f"{folder} has a solution. Move it away, or leave --by-hand out.")
    with lab_without_checks.copy_of(lab) as copy:
        marks = "".join(f"# stage: {stage}\ntrue\n" for stage in lab.stages)  # a lab is not read without a solution
        typed_at = next((name for name in lab.nodes() if not lab.is_of_instructor(name)), "")
        (copy / solution.FOLDER).mkdir(exist_ok=True)
        (copy / solution.FOLDER / f"{typed_at}.sh").write_text(marks, encoding="utf-8")
        [plain] = lab_without_checks.load(lab, copy, lab.text(lab.stand_in()), (0,))
    steps = _steps(plain, runner, ask, open_terminal)
    for what in not_typed(plain, steps[0], steps[-1]):
        say(f"This change is not in the drafted solution, add its lines yourself: {what}")
    files = solution_files(plain, steps)
    folder.mkdir(exist_ok=True)
    for node, text in files.items():
        (folder / f"{node}.sh").write_text(text, encoding="utf-8")
    return [folder / f"{node}.sh" for node in files]


def _steps(lab: Lab, runner: ParallelRunner, ask: Ask, open_terminal: Open) -> list[Observed]:
    nodes = [node.name for node in lab.nodes.values() if node.kind is not Kind.SWITCH]
    with runner.running(lab) as running:
        wait_before_grading(lab, running.client)
        steps = [observe(lab, running.client)]
        for number, stage in enumerate(lab.stages, 1):
            about = f"Stage {number} of {len(lab.stages)}, {stage.title}. A node ({', '.join(nodes)}), or {DONE}: "
            while (answer := ask(about).strip()) != DONE:
                if answer in nodes:
                    open_terminal(running.client.session, answer)
            wait_before_grading(lab, running.client)
            steps.append(observe(lab, running.client))
    return steps
