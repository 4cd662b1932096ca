"""A lab folder as its author wrote it, without checks: its network and solution can be run, and a draft can be put into it.

A draft replaces the blocks ``stages``, ``mutants`` and ``unnoticed`` of lab.yaml. All other lines stay as they are.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from labs.engine.authoring.runnable_while_unfinished import load_unfinished
from labs.engine.definition import solution
from labs.engine.definition.spec import Lab
from labs.typed_yaml.authoring_errors import AuthoringError, AuthoringErrors
from labs.typed_yaml.yaml_file import mark
from labs.typed_yaml.yaml_text import flow

LAB_FILE = "lab.yaml"
KEY = re.compile(r"(?P<key>[a-z_]+):")
DRAFTED = ("stages", "mutants", "unnoticed")
ONLY_STAGE = "solve"  # the id of the stage of a solution that names none
GUIDE = "guide.md"


@dataclass(frozen=True, slots=True)
class Unchecked:
    """``blocks`` are the lines of lab.yaml by their top-level key; "" has those above the first key."""

    folder: Path
    blocks: Mapping[str, tuple[str, ...]]
    stages: Mapping[str, str]  # titles by id, in order
    checks: int  # that the author's file has already

    def text(self, stages: str, more: Mapping[str, str] | None = None) -> str:
        """Return lab.yaml with these stages, and with the blocks of MORE below them."""
        drafted = {"stages": stages, **(more or {})}
        lines: list[str] = []
        for key, block in self.blocks.items():
            if key not in DRAFTED:
                lines += block
            elif text := drafted.pop(key, ""):
                above = next(at for at, line in enumerate(block) if KEY.match(line))
                lines += [*block[:above], *text.splitlines()]
        for text in filter(None, drafted.values()):
            lines += ["", *text.splitlines()]
        return "\n".join(lines).rstrip("\n") + "\n"

    def stand_in(self) -> str:
        """Return the stages with a check each that is always true: a lab cannot be read without checks."""
        node = next(iter(self.nodes()), "r1")
        check = f"{{type: node.up, title: stand-in, on: [{node}], expect: {{}}}}"
        return "stages:\n" + "".join(
            f"  - id: {stage}\n    title: {flow(title)}\n    checks: [{check.replace('{', f'{{id: stand-in-{number}, ', 1)}]\n"
            for number, (stage, title) in enumerate(self.stages.items())
        )

    def nodes(self) -> list[str]:
        """Return the names of the nodes with a shell."""
        return [name for name, node in self._nodes().items() if node.get("kind") != "switch"]

    def is_of_instructor(self, node: str) -> bool:
        return self._nodes()[node].get("learner") is False

    def _nodes(self) -> Mapping[str, Mapping[str, Any]]:
        value = mark("\n".join(self.blocks.get("nodes", ()))).value
        nodes = value.get("nodes") if isinstance(value, Mapping) else None
        return (
            {name: one for name, one in nodes.items() if isinstance(one, Mapping)} if isinstance(nodes, Mapping) else {}
        )


def read(folder: Path) -> Unchecked:
    """Read a lab folder, of which lab.yaml need not have checks or stages. Raises AuthoringErrors."""
    file = folder / LAB_FILE
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AuthoringErrors(
            [AuthoringError(str(file), 1, f"The file cannot be read: {error}. Check its name and its permissions.")]
        ) from error
    blocks = blocks_of(text)
    read_stages = mark("\n".join(blocks.get("stages", ()))).value
    given = read_stages.get("stages") if isinstance(read_stages, Mapping) else None
    written = [one for one in given or () if isinstance(one, Mapping) and isinstance(one.get("id"), str)]
    stages = {one["id"]: str(one.get("title") or _title(one["id"])) for one in written}
    checks = sum(len(one.get("checks") or ()) for one in written)
    return Unchecked(folder, blocks, stages or _stages_of_solution(folder), checks)


def blocks_of(text: str) -> dict[str, tuple[str, ...]]:
    """Cut a file at its top-level keys. Comments and empty lines above a key belong to it."""
    blocks: dict[str, list[str]] = {"": []}
    waiting: list[str] = []  # comments and empty lines: whose they are is not known yet
    last = ""
    for line in text.splitlines():
        key = KEY.match(line)
        if key:
            last = key["key"]
            blocks[last] = [*waiting, line]
            waiting = []
        elif not line.strip() or line.startswith("#"):
            waiting.append(line)
        else:
            blocks[last] += [*waiting, line]
            waiting = []
    blocks[last] += waiting
    return {key: tuple(lines) for key, lines in blocks.items()}


def _title(stage: str) -> str:
    return stage.replace("-", " ").capitalize()


def _stages_of_solution(folder: Path) -> dict[str, str]:
    """The stages that the solution names, each file in its own order; those of a later file come where they fit."""
    found: list[str] = []
    for file in sorted((folder / solution.FOLDER).glob("*.sh")):
        at = 0
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            match = solution.MARK.fullmatch(line.strip())
            if match and match["id"] in found:
                at = found.index(match["id"]) + 1
            elif match and match["id"]:
                found.insert(at, match["id"])
                at += 1
    return {stage: _title(stage) for stage in found or [ONLY_STAGE]}


@contextmanager
def copy_of(lab: Unchecked) -> Iterator[Path]:
    """A copy of the folder, to put other checks into. A guide is made if there is none, so that the lab can be read."""
    with tempfile.TemporaryDirectory(prefix=".vaka-draft-") as root:
        copy = Path(root) / lab.folder.name
        shutil.copytree(lab.folder, copy)
        if not (copy / GUIDE).is_file():
            (copy / GUIDE).write_text(guide(lab), encoding="utf-8")
        yield copy


def guide(lab: Unchecked) -> str:
    """Return a guide with an empty section for each stage."""
    sections = (
        f"## {title} {{#{stage}}}\n\nTODO: give the reason before the rule.\n" for stage, title in lab.stages.items()
    )
    return "\n".join(["# TODO: say what the lab is about\n", *sections])


def load(lab: Unchecked, copy: Path, text: str, seeds: tuple[int, ...]) -> list[Lab]:
    """Read the lab with another lab.yaml, once for each seed; its guide need not be right.

    Raises AuthoringErrors, which name the author's files.
    """
    (copy / LAB_FILE).write_text(text, encoding="utf-8")
    try:
        return [load_unfinished(copy, seed)[0] for seed in seeds]
    except AuthoringErrors as wrong:
        moved = [replace(one, file=one.file.replace(str(copy), str(lab.folder))) for one in wrong.errors]
        raise AuthoringErrors(moved) from wrong
