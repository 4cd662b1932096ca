"""The folders of the repository: platform/ and docker/ have names of modules, which an __init__.py there would hide."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
IN_PLATFORM = {"vaka"}
SOURCES, OURS = ("courses", "labs", "platform", "rigs"), {"courses", "labs", "rigs", "vaka"}


def test_no_folder_becomes_a_package():
    wrong = [folder / "__init__.py" for folder in (ROOT / "platform", ROOT / "docker")]
    wrong += (ROOT / "tests").rglob("__init__.py")
    assert [str(file) for file in wrong if file.exists()] == []


def test_platform_holds_only_our_package():
    names = {path.name for path in (ROOT / "platform").iterdir()} - {"__pycache__"}
    assert names == IN_PLATFORM, "each further entry would be importable as a module, everywhere"


@pytest.mark.parametrize("code", ["import platform; print(platform.__file__)", "import docker; print(docker.__file__)"])
def test_a_process_in_the_root_folder_imports_the_real_modules(code):
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not Path(found.stdout.strip()).is_relative_to(ROOT / "platform")
    assert not Path(found.stdout.strip()).is_relative_to(ROOT / "docker")
    assert found.stdout.strip() != "None", "a folder without an __init__.py was found first"


def test_the_top_level_has_only_the_agreed_folders():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:  # an archive, not a clone
        return
    top = {line.split("/")[0] for line in tracked.stdout.splitlines()}
    folders = {name for name in top if (ROOT / name).is_dir()}
    assert folders - {".ci", ".github"} <= {"courses", "docker", "docs", "labs", "platform", "rigs", "tests"}


def imported_modules(tree):
    """The names that our modules have in a file, and what the file imports from them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in OURS:
            for name in node.names:
                yield node.lineno, name.name, name.asname or name.name


def test_no_module_uses_a_private_name_of_another():
    wrong, seen = [], 0
    for file in sorted(path for folder in SOURCES for path in (ROOT / folder).rglob("*.py")):
        tree = ast.parse(file.read_text())
        imported = list(imported_modules(tree))
        seen += len(imported)
        wrong += [f"{file}:{line}: {name}" for line, name, _as in imported if name.startswith("_")]
        names = {known for _line, _name, known in imported if known.islower()}
        for node in ast.walk(tree):
            attribute = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names
            if attribute and node.attr.startswith("_") and not node.attr.startswith("__"):
                wrong.append(f"{file}:{node.lineno}: {node.value.id}.{node.attr}")
    assert wrong == []
    assert seen > 1000, "there are imports to look at"
