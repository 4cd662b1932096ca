"""Creates the folder of a new lab: a copy of a template, which is a small lab without mistakes for its author to change."""

import os
import re
import shutil
from pathlib import Path

from labs.engine.authoring.schema import ID

HERE = Path(__file__).parent
TEMPLATES, TEMPLATE_ID, SCHEMA = HERE / "templates", "my-lab", "lab.schema.json"
FIRST = "first-route"  # the template whose comments explain each key
# The templates, and the topology of each
ABOUT = {
    FIRST: "a host, a router and a provider; static routes (the default)",
    "bgp-pair": "two routers with BGP: the learner's, and a provider that makes mistakes",
    "exchange": "an exchange: the learner's router, two members and a route server on one LAN",
    "ospf-triangle": "an OSPFv3 triangle: the learner's router joins two others",
}


class CannotCreate(Exception):
    """The folder cannot be created; the text tells its author why."""


def create(folder: Path, template: str = FIRST) -> list[Path]:
    """Create the folder and return its files. The folder's name becomes the lab's id. Raises CannotCreate."""
    if not re.fullmatch(ID.pattern, folder.name):
        raise CannotCreate(
            f"The folder's name becomes the lab's id, and \"{folder.name}\" is not an id: {ID.wanted}. Choose another name."
        )
    try:
        shutil.copytree(TEMPLATES / template, folder)
    except FileExistsError:
        raise CannotCreate(f"{folder} exists already. Choose another name, or remove the folder first.") from None
    except (OSError, shutil.Error) as error:
        raise CannotCreate(f"{folder} cannot be written: {error}. Choose a folder in which you may write.") from error
    file = folder / "lab.yaml"
    text = file.read_text(encoding="utf-8").replace(f"id: {TEMPLATE_ID}", f"id: {folder.name}", 1)
    file.write_text(text.replace(f"$schema={SCHEMA}", f"$schema={schema_path(folder)}", 1), encoding="utf-8")
    return sorted(path for path in folder.rglob("*") if path.is_file())


def schema_path(folder: Path) -> str:
    """Return the path to the schema for editors: a relative one inside the project, so that it is right in every clone."""
    root = HERE.parents[2]
    inside = folder.resolve().is_relative_to(root)
    return os.path.relpath(HERE / SCHEMA, folder.resolve()) if inside else str(HERE / SCHEMA)
