"""Reads folders of answers: what somebody types to solve a lab, one file NODE.sh for each node, written as a solution is.

A lab keeps other right answers in ``answers/NAME/NODE.sh``. A proof types each of them, and all checks must pass.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from labs.engine.authoring.filling import Filling
from labs.engine.definition import solution
from labs.typed_yaml.authoring_errors import AuthoringError
from labs.typed_yaml.shapes import nearest

FOLDER = "answers"

type Lines = Mapping[str, tuple[str, ...]]  # the lines to type, by node


def read_folder(
    folder: Path, usable: Sequence[str], filling: Filling | None
) -> tuple[dict[str, tuple[str, ...]], list[AuthoringError]]:
    """Return the lines to type by node, and all mistakes. USABLE are the nodes on which a learner types."""
    wrong: list[AuthoringError] = []
    lines: dict[str, tuple[str, ...]] = {}
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    if not files:
        message = "There is nothing to type. Put a file NODE.sh for each node into this folder."
        return {}, [AuthoringError(str(folder), 1, message)]
    for file in files:
        if file.suffix != ".sh" or file.stem not in usable:
            message = f"The file must be NODE.sh, of a node on which a learner types: {nearest(file.stem, usable)}"
            wrong.append(AuthoringError(str(file), 1, message))
            continue
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            wrong.append(AuthoringError(str(file), 1, f"The file cannot be read as UTF-8: {error}"))
            continue
        text, mistakes = filling.fill(text) if filling else (text, [])
        wrong += [AuthoringError(str(file), line, message) for line, message in mistakes]
        lines[file.stem] = solution.to_type(text)
    return lines, wrong


def sets_in(root: Path) -> tuple[list[Path], list[AuthoringError]]:
    """Return the folders of answers below ROOT, one for each set, in the order of their names; and all mistakes."""
    found = sorted(path for path in root.iterdir() if not path.name.startswith((".", "_"))) if root.is_dir() else []
    message = (
        f"A set of answers is a folder. Put this file into {root.name}/NAME/, and give the folder the answer's name."
    )
    wrong = [AuthoringError(str(path), 1, message) for path in found if not path.is_dir()]
    return [path for path in found if path.is_dir()], wrong


def read_sets(
    root: Path, usable: Sequence[str], filling: Filling | None
) -> tuple[dict[str, Lines], list[AuthoringError]]:
    """Return the lines of each set of answers below ROOT, by its name and node, and all mistakes. No folder: no sets."""
    folders, errors = sets_in(root)
    sets: dict[str, Lines] = {}
    for folder in folders:
        sets[folder.name], wrong = read_folder(folder, usable, filling)
        errors += wrong
    return sets, errors
