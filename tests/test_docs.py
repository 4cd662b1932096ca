"""The documentation: each link leads to a file or a heading that exists, and the overview stays short."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LONGEST_OVERVIEW = 9_000  # characters of docs/architecture.md: ten minutes of a newcomer


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
