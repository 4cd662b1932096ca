"""Grades many sets of answers, each in a fresh copy of the lab, as many at once as the machine allows."""

from collections.abc import Callable, Mapping
from pathlib import Path

from labs.engine.author_runs.author_run import AuthorRun
from labs.engine.author_runs.report import GradedRun
from labs.engine.authoring.answer_folders import sets_in
from labs.engine.errors import EngineError
from labs.engine.proof.parallel import Capacity, parallel_runner
from labs.typed_yaml.authoring_errors import AuthoringError, AuthoringErrors

type Graded = GradedRun | EngineError  # an error: the set could not be typed or graded


def read_runs(folder: Path, seed: int, root: Path) -> dict[str, AuthorRun]:
    """Return a run for each folder of answers below ROOT, by its name. Raises AuthoringErrors with the mistakes of all."""
    folders, errors = sets_in(root)
    if not folders and not errors:
        message = "There are no answers. Put a folder for each set here, with a file NODE.sh for each node."
        errors = [AuthoringError(str(root), 1, message)]
    runs = {one.name: AuthorRun(folder, seed, answers=one) for one in folders}
    for run in runs.values():
        try:
            run.read()
        except AuthoringErrors as wrong:
            errors += wrong.errors
    if errors:
        raise AuthoringErrors(dict.fromkeys(errors))
    return runs


def grade_all(runs: Mapping[str, AuthorRun], capacity: Capacity, on_done: Callable[[str], None]) -> dict[str, Graded]:
    """Return what came of each run, in their order. ``on_done`` is called with the name of each that has ended."""
    done: dict[str, Graded] = {}
    with parallel_runner(capacity) as parallel:

        def one(name: str) -> Graded:
            lab, lines = runs[name].read()
            try:
                with parallel.running(lab) as running:
                    return runs[name].type_and_grade(running.client, lab, lines, running.start)
            except EngineError as error:
                return error

        for name, graded in parallel.run_all(runs, one):
            done[name] = graded
            on_done(name)
    return {name: done[name] for name in runs}
