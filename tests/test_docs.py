"""The documentation: each link leads to a file or a heading that exists, and the overview stays short."""

import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

from labs.engine.checks import TYPES
from labs.supervisor import socket_budget
from vaka.ops.state_folder import FOLDERS, Owner

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"`((?:courses|docker|labs|platform|rigs|tests)/[\w./-]+)`")
FILE = re.compile(r"`([\w-]+\.(?:py|js))`")  # the second of "`labs/lifecycle/starts.py`; `stops.py`"
NAME = re.compile(r"`((?:courses|labs|rigs|vaka)(?:\.\w+)+)`")
# `starts`, `stops` and `saves` in `labs.lifecycle`
LIST = re.compile(r"((?:`\w+`(?:, | and ))*`\w+`) in `((?:courses|labs|rigs|vaka)(?:\.\w+)*)`")
NOT_OURS = re.compile(r"vaka\.session|vaka\.site|.*/(?:NAME|locale)\b.*")  # labels of containers; what a reader makes
SHORT_NAME = re.compile(r"`([A-Za-z]\w*)\.([A-Za-z]\w*)(?:\.\w+)*(?:\(\))?`")  # diagnosis.path, LabSession.generation
# LabSession, room.Room, services.request_check()
CLASS_OR_FUNCTION = re.compile(r"`((?:\w+\.)*(?:[A-Z][a-z0-9]+){2,}|(?:\w+\.)+[A-Z][a-z0-9]+|(?:\w+\.)*\w+\(\))`")
FILE_ENDINGS = {"conf", "css", "draft", "html", "js", "json", "md", "mo", "po", "py", "yaml", "yml"}
NO_NAMES = {"net", "link.queue", *TYPES}  # sysctls; the example of a new check type; check types
EVENT = re.compile(r"[Ee]vent `(\w+)`")
PUBLISHED = re.compile(r"events\.(?:publish|text)\((?:[\w.]+, )?\"(\w+)\"")
RELEASE = re.compile(r"^## (\S+)(.*)$", re.MULTILINE)
DATE = re.compile(r" \(\d{1,2} [A-Z][a-z]+ \d{4}\)")
LONGEST_OVERVIEW = 9_500  # characters of docs/architecture.md: a newcomer reads it in ten minutes


def pages() -> list[Path]:
    """Our Markdown: at the top, in docs/ and in .github/."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / ".github").rglob("*.md")])


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.+?)\s*$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_each_link_leads_somewhere(page):
    wrong = []
    for found in LINK.findall(FENCE.sub("", page.read_text())):
        target = found[0] or found[1]
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors(there)):
            wrong.append(target)
    assert wrong == []


def test_root_types_nothing_that_writes_into_a_folder_of_an_account():
    """The account could have put a link there, which root would follow to a file of root."""
    folders = "|".join(folder.name for folder in FOLDERS if folder.owner is not Owner.ROOT)
    inside = re.compile(rf"\.vaka/(?:{folders})/")
    commands = [
        command.strip("() ")
        for page in pages()
        for line in re.findall(r"^ {4}(\S.*)$", page.read_text(), re.MULTILINE)
        for command in re.split(r"&&|\|\||;", line)
    ]
    by_root = [command for command in commands if inside.search(command) and not command.startswith("runuser -u ")]
    assert by_root == []
    assert inside.search("cp a .vaka/database/db.sqlite3")  # the control: such a command would be found


def test_a_newcomer_reads_the_overview_in_ten_minutes():
    assert len((ROOT / "docs/architecture.md").read_text()) <= LONGEST_OVERVIEW


def test_each_page_of_the_documentation_can_be_reached_from_the_readme():
    reached: set[Path] = set()
    todo = [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in reached or not page.is_file():
            continue
        reached.add(page)
        for found in LINK.findall(page.read_text()):
            target = (found[0] or found[1]).partition("#")[0]
            if target and "://" not in target:
                there = (page.parent / target).resolve()
                if there.suffix == ".md":
                    todo.append(there)
                elif there.is_dir():
                    todo += there.glob("*.md")
    tracked = subprocess.run(["git", "ls-files", "docs"], cwd=ROOT, capture_output=True, text=True, check=False)
    ours = {ROOT / line for line in tracked.stdout.splitlines() if line.endswith(".md")}
    assert {str(page.relative_to(ROOT)) for page in ours - reached} == set()


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_each_path_and_module_that_is_named_exists(page):
    is_history = page.name == "CHANGELOG.md" or page.parent.name == "decisions"
    text = "" if is_history else FENCE.sub("", page.read_text())
    missing = [path for path in PATH.findall(text) if not (ROOT / path).exists()]
    missing += [name for name in FILE.findall(text) if name not in file_names()]
    missing += [name for name in [*NAME.findall(text), *listed_names(text)] if not names_something(name)]
    assert [name for name in missing if not NOT_OURS.fullmatch(name)] == []


def listed_names(text: str) -> list[str]:
    """The names in lists with their package behind them, each with its package."""
    return [f"{package}.{name}" for names, package in LIST.findall(text) for name in re.findall(r"\w+(?=`)", names)]


def test_a_listed_name_that_its_package_does_not_have_is_found():
    names = listed_names("What is in `starts`, `gone` and `saves` in `labs.lifecycle`; `Job` in `labs.models`.")
    assert [name for name in names if not names_something(name)] == ["labs.lifecycle.gone"]


@cache
def file_names() -> frozenset[str]:
    folders = ("courses", "docker", "labs", "platform", "rigs", "tests")
    return frozenset(path.name for folder in folders for path in (ROOT / folder).rglob("*.[pj][ys]")) | {"manage.py"}


def names_something(name: str) -> bool:
    """Whether a dotted name is a module or package of ours, or something that one defines."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        base = (ROOT / "platform" if parts[0] == "vaka" else ROOT).joinpath(*parts[:length])
        module = base.with_suffix(".py") if base.with_suffix(".py").is_file() else base / "__init__.py"
        if module.is_file():
            rest = parts[length:]
            return not rest or re.search(rf"\b{re.escape(rest[0])}\b", module.read_text()) is not None
    return False


@cache
def ours() -> dict[str, list[tuple[Path, str]]]:
    """Our modules with their texts, by the names of modules, packages and classes."""
    found: dict[str, list[tuple[Path, str]]] = {}
    for path in (path for folder in ("courses", "labs", "platform", "rigs") for path in (ROOT / folder).rglob("*.py")):
        if "migrations" not in path.parts:
            text = path.read_text()
            module = path.parent.name if path.name == "__init__.py" else path.stem
            for name in (module, *re.findall(r"^class (\w+)", text, re.MULTILINE)):
                found.setdefault(name, []).append((path, text))
    return found


def holds(path: Path, text: str, name: str) -> bool:
    """Whether a module or package has a name."""
    is_below = path.name == "__init__.py" and ((path.parent / f"{name}.py").exists() or (path.parent / name).is_dir())
    return is_below or re.search(rf"\b{name}\b", text) is not None


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_a_short_name_of_a_module_or_class_names_something_in_it(page):
    """`diagnosis.path` in a text about the engine: the first part is a module, package or class of ours."""
    is_history = page.name == "CHANGELOG.md" or page.parent.name == "decisions"
    text = "" if is_history else FENCE.sub("", page.read_text())
    missing = [
        found[0]
        for found in SHORT_NAME.finditer(text)
        if found[1] in ours()
        and found[2] not in FILE_ENDINGS
        and not {found[1], f"{found[1]}.{found[2]}"} & NO_NAMES
        and not NOT_OURS.fullmatch(f"{found[1]}.{found[2]}")
        and not any(holds(path, module, found[2]) for path, module in ours()[found[1]])
    ]
    assert missing == []


@cache
def words_in_code() -> frozenset[str]:
    """Each word of our Python and JavaScript."""
    folders = ("courses", "docker", "labs", "platform", "rigs")
    files = (path for folder in folders for ending in ("py", "js") for path in (ROOT / folder).rglob(f"*.{ending}"))
    return frozenset(word for path in files for word in re.findall(r"\w+", path.read_text()))


def unknown_names(text: str) -> list[str]:
    """The classes and functions in a text that are nowhere in our code, such as `LostClass` and `module.lost_function()`."""
    named = (found[1].removesuffix("()") for found in CLASS_OR_FUNCTION.finditer(text))
    return [name for name in named if name.rpartition(".")[2] not in words_in_code()]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_each_class_and_function_that_is_named_exists(page):
    is_history = page.name == "CHANGELOG.md" or page.parent.name == "decisions"
    assert unknown_names("" if is_history else FENCE.sub("", page.read_text())) == []


def test_a_name_that_is_not_in_the_code_is_found():
    text = "A `LabSession`, a `gone.LabSessions`, a `room.Room` and `services.request_check()`; `nothing_of_ours()`."
    assert unknown_names(text) == ["gone.LabSessions", "nothing_of_ours"]


def test_each_event_that_is_named_is_published():
    published = {name for known in ours().values() for _path, text in known for name in PUBLISHED.findall(text)}
    named = {name for page in pages() for name in EVENT.findall(page.read_text())}
    assert len(named) > 2
    assert named - published == set()


def test_the_readme_knows_how_many_types_of_checks_there_are():
    said = int(re.search(r"more than (\d+) types of checks", (ROOT / "README.md").read_text())[1])
    assert said <= len(TYPES) < said + 20


def test_the_readme_and_the_changelog_name_the_version_that_this_is():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert re.search(r"^Version (\S+)\. ", (ROOT / "README.md").read_text(), re.MULTILINE)[1] == version.removesuffix(
        ".0"
    )
    releases = RELEASE.findall((ROOT / "CHANGELOG.md").read_text())
    assert releases[0] == ("Unreleased", "") or releases[0][0] == version
    assert version in [name for name, _date in releases[:2]]


def test_each_release_in_the_changelog_has_its_date():
    releases = RELEASE.findall((ROOT / "CHANGELOG.md").read_text())
    assert [name for name, date in releases if name != "Unreleased" and not DATE.fullmatch(date)] == []


def test_the_number_of_sockets_of_a_lab_is_the_one_in_the_code():
    shared, of_node = socket_budget.SOCKETS, socket_budget.SOCKETS_OF_NODE
    assert f"({shared}, and {of_node} for each node)" in (ROOT / "docs/operating.md").read_text()
    assert f"{shared} sockets and {of_node} for each node" in (ROOT / "docs/threat-model.md").read_text()
