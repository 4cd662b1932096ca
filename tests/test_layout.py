"""The folders of the repository: platform/ and docker/ have names of modules, which an __init__.py there would hide."""

import ast
import configparser
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


def test_each_module_says_what_lives_in_it():
    files = [path for folder in (*SOURCES, "docker") for path in (ROOT / folder).rglob("*.py")]
    as_in_django = {"admin.py", "apps.py", "urls.py"}
    ours = [path for path in files if path.name not in as_in_django and "migrations" not in path.parts]
    silent = [path for path in ours if (text := path.read_text()).strip() and not ast.get_docstring(ast.parse(text))]
    assert [str(path.relative_to(ROOT)) for path in silent] == []
    assert len(ours) > 500


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


def test_a_row_that_is_locked_can_still_be_referred_to():
    """PostgreSQL locks a row in mode KEY SHARE for each foreign key to it that is written, and ``FOR UPDATE`` waits for that.

    Two transactions that locked a workshop and a row of it in opposite order ended each other so.
    """
    texts = {path: path.read_text() for folder in SOURCES for path in (ROOT / folder).rglob("*.py")}
    assert [str(path) for path, text in texts.items() if "select_for_update()" in text] == []
    assert sum(text.count("select_for_update(no_key=True") for text in texts.values()) > 10


def test_forms_are_in_the_forms_of_their_app():
    """A person who looks for a form finds it in ``forms.py``; those of the administration are in ``admin.py``."""
    wrong, seen = [], 0
    for file in (path for folder in SOURCES for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("Form") for base in node.bases):
                seen += 1
                if file.name != "admin.py" and not file.stem.endswith("forms"):
                    wrong.append(f"{file.relative_to(ROOT)}:{node.lineno}: {node.name}")
    assert wrong == []
    assert seen > 20


# Who looks for the test of a module finds it by its name, in one of three folders (CONTRIBUTING.md, "Tests"). The exceptions:
SMALL = 150  # lines; what is smaller may be tested with the module that uses it
WITH_THEIR_USERS = {"admin.py", "apps.py", "forms.py", "models.py", "settings.py", "urls.py"}  # as everywhere in Django
FAMILIES = {  # packages of which each module is one case of the same test
    "labs/engine/checks": "tests/labs/engine/checks/test_recorded_answers.py",
    "labs/engine/faults": "tests/labs/engine/faults/test_faults.py",
}
ELSEWHERE = {  # only shrinks: a module leaves it when it gets a test by its name
    "labs/engine/adapters/bird_daemon.py": "tests/labs/engine/checks/test_recorded_answers.py",  # questions with their answers
    "labs/engine/adapters/frr_daemon.py": "tests/labs/engine/checks/test_recorded_answers.py",
    "labs/engine/adapters/frr_protocols.py": "tests/labs/engine/checks/test_recorded_answers.py",
    "labs/engine/adapters/routing_daemon.py": "tests/labs/engine/checks/test_recorded_answers.py",
    "labs/engine/authoring/filling.py": "tests/labs/engine/definition/test_parameters.py",
    "labs/engine/authoring/stages.py": "tests/labs/engine/authoring/test_parse.py",  # every message that an author can get
    "labs/engine/authoring/topology.py": "tests/labs/engine/authoring/test_parse.py",
    "labs/engine/definition/spec.py": "tests/labs/engine/authoring/test_parse.py",  # dataclasses
    "labs/engine/diagnosis/causes.py": "tests/labs/engine/diagnosis/test_compared.py",
    "labs/engine/diagnosis/dependencies.py": "tests/labs/engine/diagnosis/test_dependency_search.py",  # a walk's ends
    "labs/engine/diagnosis/packet_filter_matches.py": "tests/labs/engine/diagnosis/test_packet_filters.py",
    "labs/engine/diagnosis/path_walk.py": "tests/labs/engine/diagnosis/test_path.py",
    "labs/engine/diagnosis/slaac.py": "tests/labs/engine/diagnosis/test_kernel_state.py",
    "labs/engine/drafting/draft_runs.py": "tests/live/test_draft_checks.py",  # needs a lab that runs
    "labs/engine/foreign_labs/lab_yaml.py": "tests/labs/engine/foreign_labs/test_importing.py",  # what is written is read again
    "labs/engine/runtime/relay.py": "tests/live/test_terminals.py",  # needs an engine
    "labs/pages/stages.py": "tests/labs/views/test_lab_page.py",  # as HTML
    "labs/supervisor/syscalls.py": "tests/live/test_nodes.py",
    "platform/vaka/mentoring/pages/activity.py": "tests/vaka/mentoring/pages/test_mentors_hour.py",
    "platform/vaka/mentoring/pages/attempt_review.py": "tests/vaka/mentoring/views/test_mentor.py",
    "platform/vaka/mentoring/views/programmes.py": "tests/vaka/mentoring/test_permissions.py",
    "platform/vaka/workshops/room/tiles.py": "tests/vaka/workshops/room/test_room.py",
}
MOST_ELSEWHERE = 25


def lines_of_modules():
    """The number of lines of each module of the product, by its path."""
    files = (path for folder in ("courses", "labs", "platform") for path in (ROOT / folder).rglob("*.py"))
    return {
        file.relative_to(ROOT): len(file.read_text().splitlines())
        for file in files
        if file.name != "__init__.py" and "migrations" not in file.parts
    }


def is_found_by_its_name(module):
    mirrored = ROOT / "tests" / module.relative_to("platform" if module.parts[0] == "platform" else "")
    folders = (mirrored.parent, ROOT / "tests/live", ROOT / "tests/browser")
    return any((folder / f"test_{module.name}").exists() for folder in folders)


@pytest.mark.parametrize(("marks", "folder"), [(("live", "alone"), "live"), (("browser",), "browser")])
def test_a_test_that_needs_an_engine_or_a_browser_is_where_make_test_looks_for_it(marks, folder):
    marked = [
        path for path in (ROOT / "tests").rglob("*.py") if any(f"mark.{mark}" in path.read_text() for mark in marks)
    ]
    assert len(marked) > 5
    assert [str(path) for path in marked if not path.is_relative_to(ROOT / "tests" / folder)] == []


def test_the_test_of_a_module_is_found_by_its_name():
    lost = [
        str(module)
        for module, lines in lines_of_modules().items()
        if lines >= SMALL
        and not is_found_by_its_name(module)
        and str(module) not in ELSEWHERE
        and str(module.parent) not in FAMILIES
        and module.parent.name != "models"
        and module.name not in WITH_THEIR_USERS
    ]
    assert lost == [], "add tests/…/test_<name of the module>.py, beside the others of its package"


def test_the_list_of_modules_that_are_tested_elsewhere_only_shrinks():
    lines = lines_of_modules()
    over = [name for name in ELSEWHERE if lines.get(Path(name), 0) < SMALL or is_found_by_its_name(Path(name))]
    assert over == [], "these are small, gone, or have a test by their name: remove them from the list"
    assert len(ELSEWHERE) <= MOST_ELSEWHERE
    assert [test for test in {*ELSEWHERE.values(), *FAMILIES.values()} if not (ROOT / test).exists()] == []


def test_each_package_has_its_layers_and_no_module_is_without_a_place():
    """Import-linter refuses a module that an exhaustive contract does not name; a package without one would escape it."""
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    covered = {
        container
        for contract in contracts.values()
        if contract.get("type") == "layers" and contract.get("exhaustive") == "True"
        for container in contract["containers"].split()
    }
    members: dict[str, set[str]] = {}
    for folder in SOURCES:
        base = ROOT / "platform" if folder == "platform" else ROOT
        for file in (ROOT / folder).rglob("*.py"):
            *packages, _name = parts = file.relative_to(base).with_suffix("").parts
            if packages and packages[0] in OURS and not {"migrations", "content", "catalog"} & {*parts}:
                module = packages if file.name == "__init__.py" else parts
                if len(module) > 1:
                    members.setdefault(".".join(module[:-1]), set()).add(module[-1])
    several = {package for package, modules in members.items() if len(modules) > 1}
    assert len(several) > 50
    assert several - covered == set(), "give each of them a contract in .importlinter, like those beside it"


def contract(name):
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    return contracts[f"importlinter:contract:{name}"]


def test_each_app_and_each_module_of_vaka_has_its_layer():
    """The contract of the apps has layers of several packages, so import-linter cannot demand that it is exhaustive."""
    named = {module.strip() for layer in contract("apps")["layers"].split("\n") for module in layer.split("|")} - {""}
    inside = {
        path for path in (ROOT / "platform/vaka").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    modules = {f"vaka.{path.stem}" for path in inside} - {"vaka.__init__"}
    assert named == modules | (OURS - {"vaka"})


# The supervisor runs in the lab image, which has these and what is copied there with it (docker/lab)
FOR_THE_SUPERVISOR = ("labs.supervisor", "labs.engine.shared", "mininet")


def test_the_supervisor_imports_only_what_the_lab_image_has():
    """The contract of the supervisor lists what is forbidden. What nobody thought of there is refused here."""
    wrong, seen = [], 0
    for file in (ROOT / "labs/supervisor").rglob("*.py"):
        for line, module in imported_by(ast.parse(file.read_text())):
            seen += 1
            ours = any(module == one or module.startswith(f"{one}.") for one in FOR_THE_SUPERVISOR)
            if not ours and module.split(".")[0] not in sys.stdlib_module_names:
                wrong.append(f"{file.relative_to(ROOT)}:{line}: {module}")
    assert wrong == []
    assert seen > 200, "there are imports to look at"


def imported_by(tree):
    """The line and the name of each module that a file imports, also within its functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "we write absolute imports"
            yield node.lineno, node.module


def defined_in(tree):
    """The names that a module defines or imports at its top level."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((name.asname or name.name).split(".")[0] for name in node.names)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))


def test_what_a_test_takes_from_another_is_there():
    """Tests that need an engine or a browser are imported only when they run."""
    trees = {path: ast.parse(path.read_text()) for path in (ROOT / "tests").rglob("*.py")}
    taken = [
        (path, node.module, name.name)
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests")
        for name in node.names
    ]
    there = {path: set(defined_in(tree)) for path, tree in trees.items()}
    missing = []
    for path, module, name in taken:
        folder = ROOT / module.replace(".", "/")
        if (
            name != "*"
            and name not in there.get(folder.with_suffix(".py"), set())
            and not (folder / f"{name}.py").exists()
        ):
            missing.append(f"{path.relative_to(ROOT)}: {module} has no {name}")
    assert missing == []
    assert len(taken) > 300
