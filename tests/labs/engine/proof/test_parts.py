"""A proof rests on the lab, the code that judges it, and the image; and on nothing else."""

from pathlib import Path

import pytest

from labs.engine.authoring.parse import load_lab
from labs.engine.proof import parts
from labs.engine.proof.parts import bare_code, image_hash, lab_hash, modules, parts_of

CODE = '''\
"""What this module is."""

import os  # for the path


class Thing:
    """A thing."""

    name = "# not a comment"


def path() -> str:
    """Where it is.

    More about it.
    """
    # Why so
    return os.sep
'''


def edited(lab, old, new, name="lab.yaml"):
    file = lab.folder / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return load_lab(lab.folder)


def test_comments_docstrings_and_empty_lines_are_no_code():
    assert bare_code(CODE) == (
        'import os\nclass Thing:\n    name = "# not a comment"\ndef path() -> str:\n    return os.sep'
    )


def test_a_change_of_the_code_is_a_change():
    assert bare_code(CODE.replace("os.sep", "os.pardir")) != bare_code(CODE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("points: 5", "points: 6"),
        ("points: 5", "points: 5\n        within: 3"),
        ('to: "2001:db8:1::1"', 'to: "2001:db8:1::2"'),
    ],
)
def test_what_is_judged_of_a_lab_counts(lab, old, new):
    before = lab_hash(lab)
    assert lab_hash(edited(lab, old, new)) != before


def test_a_typed_line_and_a_start_file_count(lab):
    before = lab_hash(lab)
    solution = next((lab.folder / "solution").iterdir())
    solution.write_text(solution.read_text() + "true\n")
    with_line = lab_hash(load_lab(lab.folder))
    assert with_line != before
    start = lab.folder / "files/r1/etc/extra"
    start.parent.mkdir(parents=True, exist_ok=True)
    start.write_text("a")
    assert lab_hash(load_lab(lab.folder)) != with_line


def test_texts_for_learners_and_comments_of_the_author_do_not_count(lab):
    before = lab_hash(lab)
    other = edited(lab, f"title: {lab.title}", "title: Another title  # better")
    guide = lab.folder / "guide.md"
    guide.write_text(guide.read_text() + "\nMore.\n")
    solution = next((lab.folder / "solution").iterdir())
    solution.write_text("# a comment\n" + solution.read_text())
    assert other.title == "Another title"
    assert lab_hash(load_lab(lab.folder)) == before


def test_the_code_of_a_lab_is_that_of_its_check_types_and_not_of_others(lab):
    types = {parts.TYPES[check.type].__module__ for check in lab.checks()}
    found = modules(types)
    assert types <= found
    assert {"labs.engine.checks.base", "labs.engine.adapters.untrusted"} <= found
    assert "labs.engine.checks.isis" not in found
    assert "labs.engine.checks" not in found


def test_the_code_that_starts_types_and_grades_is_in_the_engine():
    found = modules({parts.ENTRY})
    assert {
        "labs.engine.grading.grading",
        "labs.engine.grading.cases",
        "labs.engine.grading.verdicts",
        "labs.engine.runtime.shell",
        "labs.engine.runtime.convergence",
        "labs.engine.runtime.driver",
        "labs.engine.proof.solution_lines",
        "labs.engine.authoring.mutants",
        "labs.engine.definition.solution",
    } <= found
    assert not [name for name in found if name.startswith(("labs.engine.checks", "labs.engine.diagnosis"))]


def test_a_change_of_one_check_type_concerns_only_the_labs_that_use_it(lab, monkeypatch):
    before = parts_of(lab)

    def with_other(name):
        plain = parts._content

        def content(path: Path) -> str:
            return plain(path) + ("\nx = 1" if str(path).endswith(f"/{name}") else "")

        with monkeypatch.context() as patched:
            patched.setattr(parts, "_content", content)
            now = parts_of(lab)
        return [part for part in parts.PARTS if now[part] != before[part]]

    assert with_other("checks/isis.py") == []
    assert with_other("checks/ping.py") == ["checks"]
    assert with_other("grading.py") == ["engine"]
    assert with_other("asks.py") == ["image"]
    assert with_other("parse.py") == []


def test_the_image_of_a_flavour_is_part_of_a_lab_that_names_it(tmp_path, monkeypatch):
    for name in ("Dockerfile", "seccomp.json", "apparmor/profile", "flavours/install", "flavours/dns.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a")
    monkeypatch.setattr(parts, "RECIPE", tmp_path)

    def changed_by(name):
        before = image_hash(), image_hash("dns"), image_hash("rpki")
        (tmp_path / name).write_text("b")
        after = image_hash(), image_hash("dns"), image_hash("rpki")
        return [old != new for old, new in zip(before, after, strict=True)]

    assert changed_by("Dockerfile") == [True, True, True]
    assert changed_by("seccomp.json") == [True, True, True]
    assert changed_by("apparmor/profile") == [True, True, True]
    assert changed_by("flavours/install") == [False, True, True]
    assert changed_by("flavours/dns.toml") == [False, True, False]
