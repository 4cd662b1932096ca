"""All labs of a folder, read once."""

from pathlib import Path

from labs.engine.parse import LabError, LabErrors, load_lab
from labs.engine.spec import Lab


def check_folder(root: Path) -> tuple[dict[str, Lab], list[LabError]]:
    """Reads each lab folder below root; returns the good labs by id, and all errors."""
    labs: dict[str, Lab] = {}
    errors: list[LabError] = []
    for folder in sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))):
        try:
            lab = load_lab(folder)
        except LabErrors as bad:
            errors += bad.errors
            continue
        if lab.id in labs:
            message = f'{labs[lab.id].folder} has the id "{lab.id}" already; give each lab its own.'
            errors.append(LabError(str(folder / "lab.yaml"), 1, message))
        labs.setdefault(lab.id, lab)
    return labs, errors


class Catalog:
    """The labs that can be started. Raises LabErrors if one of them is wrong."""

    def __init__(self, root: Path) -> None:
        labs, errors = check_folder(root)
        if errors:
            raise LabErrors(errors)
        self.labs = labs

    def get(self, lab: str) -> Lab:
        """Returns the lab; raises KeyError."""
        return self.labs[lab]
