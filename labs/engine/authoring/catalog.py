"""Reads all labs of a folder, and reports all their mistakes."""

from collections.abc import Sequence
from pathlib import Path

from labs.engine.authoring.parse import load_lab
from labs.engine.definition.spec import Lab
from labs.typed_yaml.authoring_errors import AuthoringError, AuthoringErrors

SEEDS = (1, 2, 2**53 - 1)  # for which a lab with parameters is read, beside the author's own values


def check_folder(root: Path, seeds: Sequence[int] = ()) -> tuple[dict[str, Lab], list[AuthoringError]]:
    """Read each lab folder below root, or root itself if it is one. Return the labs without mistakes by id, and all errors.

    A lab with parameters is also read with each of the seeds: it must be right for every learner.
    """
    labs: dict[str, Lab] = {}
    errors: list[AuthoringError] = []
    if not root.is_dir():
        errors.append(
            AuthoringError(str(root), 1, "There is no such folder. Name a folder of a lab, or one that contains them.")
        )
    for folder in lab_folders(root):
        lab, wrong = check_lab(folder, seeds)
        errors += wrong
        if lab and lab.id in labs:
            message = f'{labs[lab.id].folder} has the id "{lab.id}" already. Give each lab an id of its own.'
            errors.append(AuthoringError(str(folder / "lab.yaml"), 1, message))
        if lab:
            labs.setdefault(lab.id, lab)
    return labs, errors


def lab_folders(root: Path) -> list[Path]:
    """Return root if it is the folder of a lab, else the folders in it. Those that begin with . or _ hold something else."""
    if (root / "lab.yaml").is_file():
        return [root]
    below = sorted(root.iterdir()) if root.is_dir() else []
    return [path for path in below if path.is_dir() and not path.name.startswith((".", "_"))]


def check_lab(folder: Path, seeds: Sequence[int] = ()) -> tuple[Lab | None, list[AuthoringError]]:
    """Read one lab folder. Return the lab, or None if it has mistakes, and all errors."""
    try:
        lab = load_lab(folder)
    except AuthoringErrors as bad:
        return None, bad.errors
    return lab, _with_seeds(lab, seeds) if lab.parameters else []


def _with_seeds(lab: Lab, seeds: Sequence[int]) -> list[AuthoringError]:
    """Return the mistakes that a lab has only with these seeds."""
    errors = []
    for seed in seeds:
        try:
            other = load_lab(lab.folder, seed)
        except AuthoringErrors as bad:
            errors += [AuthoringError(e.file, e.line, f"{e.message} (With seed {seed}.)") for e in bad.errors]
            continue
        if _fixed_parts(other) != _fixed_parts(lab):
            what = "A parameter changes an id, a node, a link or points. These must be the same for every learner."
            errors.append(AuthoringError(str(lab.folder / "lab.yaml"), 1, f"{what} (With seed {seed}.)"))
    return errors


def _fixed_parts(lab: Lab) -> object:
    """Return what must not depend on a seed, because sessions, attempts and pages refer to it."""
    stages = [(stage.id, [(check.id, check.points) for check in stage.checks]) for stage in lab.stages]
    links = [(str(link.a), str(link.b)) for link in lab.links]
    return lab.id, list(lab.nodes), links, stages


class Catalog:
    """The labs of a folder. Raises AuthoringErrors if one of them has a mistake."""

    def __init__(self, root: Path) -> None:
        labs, errors = check_folder(root)
        if errors:
            raise AuthoringErrors(errors)
        self.labs = labs

    def get(self, lab: str) -> Lab:
        """Return the lab. Raises KeyError."""
        return self.labs[lab]
