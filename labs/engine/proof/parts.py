"""The parts on which the proof of a lab rests, with a hash for each. A proof holds until one of them changes.

``lab``     what the engine reads of the lab's folder: network, solution, checks, mutants; not the texts for learners
``checks``  the code of the check types that the lab uses, and what this code imports
``engine``  the code that starts, types and grades: all that a trial imports, without the check types and the diagnosis
``image``   the recipe of the lab image and of the lab's flavour, and the supervisor

Comments, docstrings and empty lines do not count. The versions of the packages in the image do not count either: each build has
others.
"""

import ast
import functools
import hashlib
import io
import json
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from labs.engine.authoring.catalog import SEEDS
from labs.engine.authoring.parse import load_lab
from labs.engine.checks import TYPES
from labs.engine.definition.spec import Lab
from labs.engine.runtime.image import IN_IMAGE, RECIPE, RECIPE_NAME, REPO

PARTS = ("lab", "checks", "engine", "image")
ENTRY = "labs.engine.proof.trial"
# Texts for people, and what is only a place in a file or a drawing
UNJUDGED = frozenset(
    {
        *(
            "title",
            "summary",
            "level",
            "minutes",
            "guide",
            "role",
            "at",
            "label",
            "hint",
            "cause",
            "complaint",
            "read_more",
        ),
        *("show", "line", "folder", "version", "own_nodes", "reason", "seats", "parameters"),
    }
)
# The parser is left out because what it reads is hashed; the diagnosis explains verdicts that are made already. The list of
# check types names all of them, so the modules of those that the lab uses are hashed instead.
LEFT_OUT = ("labs.engine.diagnosis", "labs.engine.faults", "labs.engine.authoring")
ALL_TYPES = "labs.engine.checks"
STILL_IN = ("labs.engine.authoring.mutants",)
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def parts_of(lab: Lab) -> dict[str, str]:
    """Return the hash of each part that a proof of this lab rests on."""
    types = {TYPES[check.type].__module__ for check in lab.checks()}
    checks = modules(types)
    values = (lab_hash(lab), code_hash(checks), code_hash(modules({ENTRY}) - checks), image_hash(lab.image))
    return dict(zip(PARTS, values, strict=True))


def lab_hash(lab: Lab) -> str:
    """Hash what is judged of a lab, with the author's own values and with those of each seed that is proven."""
    seeds = [load_lab(lab.folder, seed) for seed in (0, *SEEDS)] if lab.parameters else [lab]
    return _digest(json.dumps(_judged(one), sort_keys=True, default=str) for one in seeds)


def _judged(value: object) -> Any:
    """Return the value as plain data, without UNJUDGED fields and without fields that are empty."""
    if is_dataclass(value):
        kept = {field.name: _judged(getattr(value, field.name)) for field in fields(value)}
        return {name: one for name, one in kept.items() if name not in UNJUDGED and one}
    if isinstance(value, Mapping):
        return {str(name): _judged(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_judged(one) for one in value]
    return value.hex() if isinstance(value, bytes) else value


def image_hash(flavour: str = "") -> str:
    """Hash the recipe of the image and its profiles, the supervisor in it, and the recipe of the lab's flavour."""
    return _digest(f"{name}\0{_content(path)}" for path, name in sorted(_image_files(flavour), key=itemgetter(1)))


def _image_files(flavour: str) -> Iterator[tuple[Path, str]]:
    """Yield each file with its name in a clone, and the profiles of seccomp and AppArmor, which the engine applies at start."""
    yield from ((path, str(path.relative_to(REPO))) for path in IN_IMAGE)
    for path in RECIPE.rglob("*"):
        inside = path.relative_to(RECIPE)
        if path.is_dir() or "__pycache__" in inside.parts:
            continue
        if "flavours" not in inside.parts or (flavour and (path.stem == flavour or path.suffix != ".toml")):
            yield path, str(RECIPE_NAME / inside)


def code_hash(names: Iterable[str]) -> str:
    return _digest(f"{name}\0{_content(file)}" for name in sorted(names) if (file := _file(name)))


def _content(path: Path) -> str:
    text = path.read_text(encoding="utf-8", errors="replace")
    return bare_code(text) if path.suffix == ".py" else text


def _digest(texts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()[:12]


def modules(entries: Set[str]) -> Set[str]:
    """Return these modules and all modules of the engine that they import, and so on."""
    found, todo = set[str](), list(entries)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += [one for one in _imported(name) if _counts(one)]
    return found


def _counts(name: str) -> bool:
    if name in STILL_IN:
        return True
    return name.startswith("labs.") and name != ALL_TYPES and not name.startswith(LEFT_OUT)


@functools.cache
def _imported(name: str) -> frozenset[str]:
    """Return the modules that a module imports: ``from a import b`` names a.b if there is such a module, else a."""
    file = _file(name)
    tree = ast.parse(file.read_text(encoding="utf-8")) if file else ast.Module([], [])
    found = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {one for one in inside if _file(one)} | {node.module}
    return frozenset(found)


def _file(name: str) -> Path | None:
    path = REPO.joinpath(*name.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


@functools.cache
def bare_code(text: str) -> str:
    """Return Python code without comments, docstrings and empty lines."""
    lines = text.splitlines()
    for first, last in _docstrings(ast.parse(text)):
        lines[first - 1 : last] = [""] * (last - first + 1)
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    for token in tokens:
        if token.type == tokenize.COMMENT and lines[token.start[0] - 1]:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _docstrings(tree: ast.Module) -> Iterator[tuple[int, int]]:
    """Yield the first and last line of each docstring."""
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            yield node.body[0].lineno, node.body[0].end_lineno or node.body[0].lineno
