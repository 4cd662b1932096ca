"""All labs of a folder, read once."""

from collections.abc import Sequence
from pathlib import Path

from labs.engine.authoring.parse import load_lab
from labs.engine.definition.spec import Lab
from labs.typed_yaml.errors import AuthoringError, AuthoringErrors

SEEDS = (1, 2, 2**53 - 1)  # learners for whom a lab with parameters is tried


def check_folder(root: Path, seeds: Sequence[int] = ()) -> tuple[dict[str, Lab], list[AuthoringError]]:
    """Reads each lab folder below root; returns the good labs by id, and all errors.

    Those with parameters are read with each of the seeds too: a lab must be right for everybody.
    """
    labs: dict[str, Lab] = {}
    errors: list[AuthoringError] = []
    for folder in sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))):
        lab, wrong = check_lab(folder, seeds)
        errors += wrong
        if lab and lab.id in labs:
            message = f'{labs[lab.id].folder} has the id "{lab.id}" already; give each lab its own.'
            errors.append(AuthoringError(str(folder / "lab.yaml"), 1, message))
        if lab:
            labs.setdefault(lab.id, lab)
    return labs, errors


def check_lab(folder: Path, seeds: Sequence[int] = ()) -> tuple[Lab | None, list[AuthoringError]]:
    """Reads one lab folder; returns the lab unless it cannot be read, and all errors."""
    try:
        lab = load_lab(folder)
    except AuthoringErrors as bad:
        return None, bad.errors
    return lab, _with_seeds(lab, seeds) if lab.parameters else []


def _with_seeds(lab: Lab, seeds: Sequence[int]) -> list[AuthoringError]:
    """What is wrong with a good lab for other learners, as far as these seeds show it."""
    errors = []
    for seed in seeds:
        try:
            other = load_lab(lab.folder, seed)
        except AuthoringErrors as bad:
            errors += [
                AuthoringError(e.file, e.line, f"{e.message} (With the numbers of seed {seed}.)") for e in bad.errors
            ]
            continue
        if _skeleton(other) != _skeleton(lab):
            what = "Ids, nodes, cables and points must be the same for everybody; with parameters they are not."
            errors.append(AuthoringError(str(lab.folder / "lab.yaml"), 1, f"{what} (With the numbers of seed {seed}.)"))
    return errors


def _skeleton(lab: Lab) -> object:
    """What may not depend on a seed: sessions, attempts and pages name it."""
    stages = [(stage.id, [(check.id, check.points) for check in stage.checks]) for stage in lab.stages]
    links = [(str(link.a), str(link.b)) for link in lab.links]
    return lab.id, list(lab.nodes), links, stages


class Catalog:
    """The labs that can be started. Raises AuthoringErrors if one of them is wrong."""

    def __init__(self, root: Path) -> None:
        labs, errors = check_folder(root)
        if errors:
            raise AuthoringErrors(errors)
        self.labs = labs

    def get(self, lab: str) -> Lab:
        """Returns the lab; raises KeyError."""
        return self.labs[lab]
