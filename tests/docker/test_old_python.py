"""Set-up runs with the Python that a machine has, 3.8 or later, before anything is installed. ruff checks the syntax."""

import ast
import tomllib

import pytest

from tests.docker.conftest import DOCKER

CLONE = DOCKER.parent
(NAMES,) = tomllib.loads((CLONE / "pyproject.toml").read_text())["tool"]["ruff"]["per-file-target-version"]
FILES = NAMES.removeprefix("docker/{").removesuffix("}").split(",")


def later_than_38(tree):
    """Yield the uses of Python 3.9 and 3.10 that are no syntax: zip(strict=), methods of str, and dictionaries joined by |."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in ("removeprefix", "removesuffix", "is_relative_to", "pairwise"):
                yield name
            if name == "zip" and any(keyword.arg == "strict" for keyword in node.keywords):
                yield "zip(strict=)"
        sides = [node.left, node.right] if isinstance(node, ast.BinOp) else [getattr(node, "value", None)]
        if isinstance(getattr(node, "op", None), ast.BitOr) and any(
            isinstance(side, (ast.Dict, ast.DictComp)) for side in sides
        ):
            yield "dictionaries joined by |"


@pytest.mark.parametrize("name", FILES)
def test_set_up_uses_nothing_that_python_38_lacks(name):
    assert list(later_than_38(ast.parse((DOCKER / name).read_text()))) == []


@pytest.mark.parametrize(
    "code", ["zip(a, b, strict=True)", "a |= {1: 2}", "a | {x: 1 for x in y}", "a.removeprefix('b')"]
)
def test_what_it_lacks_is_seen(code):
    assert list(later_than_38(ast.parse(code)))
