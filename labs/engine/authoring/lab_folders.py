"""The labs and folders that an author means: each is a path, or the id of a lab in the catalog."""

from collections.abc import Sequence
from pathlib import Path

from labs.engine.authoring.catalog import SEEDS, check_folder
from labs.engine.definition.spec import Lab
from labs.typed_yaml.authoring_errors import AuthoringError, AuthoringErrors
from labs.typed_yaml.shapes import nearest


def labs_of(names: Sequence[str], catalog: Path) -> list[Lab]:
    """Return the labs with these ids and in these folders, or all labs of the catalog. Raises AuthoringErrors."""
    read = [check_folder(root, SEEDS) for root in folders_of(names, catalog)]
    if errors := [error for _labs, wrong in read for error in wrong]:
        raise AuthoringErrors(errors)
    return list({lab.id: lab for labs, _errors in read for lab in labs.values()}.values())


def folders_of(names: Sequence[str], catalog: Path) -> list[Path]:
    """Return the folders with these names or of labs with these ids, or the catalog if there are none. Raises AuthoringErrors."""
    return list(dict.fromkeys(find_lab_folder(name, catalog) for name in names)) or [catalog]


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


def new_lab_folder(which: str, catalog: Path) -> Path:
    """Return the folder of a new lab: a path stays as it is; a name alone is a folder of the catalog."""
    return catalog / which if "/" not in which else Path(which).resolve()
