"""The folder that an author means: a path, or the id of a lab in the catalog."""

from pathlib import Path

from labs.engine.authoring.catalog import check_folder
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


def new_lab_folder(which: str, catalog: Path) -> Path:
    """Return the folder of a new lab: a path stays as it is; a name alone is a folder of the catalog."""
    return catalog / which if "/" not in which else Path(which).absolute()
