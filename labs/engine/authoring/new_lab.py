"""A new lab folder that is right already, for its author to change: a copy of ``first_lab`` beside this file."""

import os
import re
import shutil
from pathlib import Path

from labs.engine.authoring.schema import ID

HERE = Path(__file__).parent
MODEL, MODEL_ID, SCHEMA = HERE / "first_lab", "my-lab", "lab.schema.json"


class CannotSketch(Exception):
    """The folder cannot be made; a sentence for its author."""


def folder_for(which: str, catalog: Path) -> Path:
    """Returns where a new lab goes: a path as it is, a name alone into the catalog."""
    return catalog / which if "/" not in which else Path(which).absolute()


def sketch(folder: Path) -> list[Path]:
    """Makes the folder and all that is in it; returns the files. Its name is the lab's id. Raises CannotSketch."""
    if not re.fullmatch(ID.pattern, folder.name):
        raise CannotSketch(f'"{folder.name}" cannot be the id of a lab: it must be {ID.wanted}. Name the folder so.')
    try:
        shutil.copytree(MODEL, folder)
    except FileExistsError:
        raise CannotSketch(f"{folder} is there already. Choose another name, or take it away first.") from None
    except (OSError, shutil.Error) as error:
        raise CannotSketch(f"{folder} cannot be written: {error}") from error
    file = folder / "lab.yaml"
    text = file.read_text(encoding="utf-8").replace(f"id: {MODEL_ID}", f"id: {folder.name}", 1)
    file.write_text(text.replace(f"$schema={SCHEMA}", f"$schema={_schema_from(folder)}", 1), encoding="utf-8")
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _schema_from(folder: Path) -> str:
    """The way to the schema that an editor goes: inside the project a short one, which a clone keeps."""
    root = HERE.parents[2]
    inside = folder.resolve().is_relative_to(root)
    return os.path.relpath(HERE / SCHEMA, folder.resolve()) if inside else str(HERE / SCHEMA)
