"""Writes a check of a type for an author to change: an example, with all fields of its ``expect`` as comments."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any

from labs.engine.checks import TYPES, CheckType
from labs.engine.checks.examples import EXAMPLES
from labs.engine.definition.spec import Lab
from labs.typed_yaml.authoring_errors import AuthoringError
from labs.typed_yaml.shapes import nearest
from labs.typed_yaml.yaml_file import Marked, mark

WIDTH = 120
WITHIN = 5  # seconds
# Texts that an author replaces
TITLE, HINT = "What is true when it passes, in the words of a learner", "The first hint gives away least"


class CannotPaste(Exception):
    """The check cannot be put into the lab; the text tells its author why."""


@dataclass(frozen=True, slots=True)
class Pasted:
    file: Path
    line: int  # the first of the check
    check: str  # its id


def check_text(name: str, check: str = "", on: str = "") -> list[str]:
    """Return the lines of a check of this type; ON and the id are those of the example if left out. Raises KeyError."""
    kind = TYPES[name]
    example_on, expect, *more = EXAMPLES[name]
    lines = [
        f"- id: {check or _id(name)}",
        f"  type: {name}",
        f"  title: {TITLE}",
        f"  on: [{on or example_on}]",
        *(f"  {line}" for line in _comments(kind)),
        f"  expect: {expect}",
        "  points: 5",
        *(f"  {line}" for line in more),
    ]
    if not any(line.startswith("within:") for line in more):
        lines.append(f"  within: {WITHIN} # seconds; with a wrong answer the learner waits this long")
    lines += [f'  hint: ["{HINT}"]']
    lines += ["  # needs: [ID] waits for a check; control: [ID] is for absence: it shows that the network works"]
    return lines


def mistakes(lab: Lab) -> list[AuthoringError]:
    """Return an error for each check that still has a text of its template."""
    return [
        AuthoringError(
            str(lab.folder / "lab.yaml"), check.line, f'{key} of {check.id} is still "{text}". Write your own.'
        )
        for check in lab.checks()
        for key, texts, text in (("title", [check.title], TITLE), ("hint", check.hint, HINT))
        if text in texts
    ]


def _comments(kind: type[CheckType]) -> Iterator[str]:
    for name, field in kind.FIELDS.items():
        about = f"{name}{' (required)' if field.required else ''}: {field.about}"
        first, *rest = wrap(about, WIDTH)
        yield f"# {first}"
        yield from (f"#     {line}" for line in rest)


def paste(folder: Path, name: str, stage: str = "") -> Pasted:
    """Append a check of this type to a stage of a lab, to the last one if not named. Raises CannotPaste."""
    file = folder / "lab.yaml"
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise CannotPaste(
            f"{file} cannot be read: {error.strerror}. Name the folder of a lab that you may read."
        ) from error
    marked = mark(text)
    try:
        stages = {one["id"]: [check["id"] for check in one["checks"]] for one in marked.value["stages"]}
        at = list(stages).index(stage) if stage else len(stages) - 1
        start = marked.lines["stages", at, "checks", len(list(stages.values())[at]) - 1]
    except (KeyError, TypeError, IndexError):
        raise CannotPaste(f"{file} has mistakes. Type check_labs {folder.parent} to see them.") from None
    except ValueError:
        raise CannotPaste(f'{file} has no stage "{stage}": {nearest(stage, list(stages))}') from None
    used = {check for checks in stages.values() for check in checks}
    check = _free_id(_id(name), used)
    lines = text.splitlines()
    after, indent = _end(lines, start - 1)
    new = [" " * indent + line for line in check_text(name, check, _node(marked, TYPES[name]))]
    file.write_text("\n".join([*lines[:after], *new, *lines[after:]]) + "\n", encoding="utf-8")
    return Pasted(file, after + 1, check)


def _id(name: str) -> str:
    """Return an id for a check of this type. Names of types have dots and underscores, ids have neither."""
    return name.replace(".", "-").replace("_", "-")


def _free_id(wanted: str, used: set[str]) -> str:
    numbered = (f"{wanted}-{number}" for number in range(2, len(used) + 3))
    return next(name for name in (wanted, *numbered) if name not in used)


def _end(lines: list[str], first: int) -> tuple[int, int]:
    """Return the index after the last line of the entry that begins at index FIRST, and the column of its hyphen."""
    indent = len(lines[first]) - len(lines[first].lstrip())
    after = first + 1
    for at in range(first + 1, len(lines)):
        bare = lines[at].strip()
        if not bare or bare.startswith("#"):
            continue
        if len(lines[at]) - len(lines[at].lstrip()) <= indent:
            break
        after = at + 1
    return after, indent


def _node(marked: Marked, kind: type[CheckType]) -> str:
    """Return a node on which the type can look, one that is not the learner's if there is one; else that of the example."""
    nodes: Mapping[str, Mapping[str, Any]] = marked.value.get("nodes") or {}
    fitting = [name for name, node in nodes.items() if node.get("kind") in kind.KINDS]
    return next(iter(sorted(fitting, key=lambda name: nodes[name].get("learner", True))), "")
