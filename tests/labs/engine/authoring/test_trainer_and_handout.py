"""The trainer's page and the handout of a lab: what is read, what is reported, and what does not depend on them."""

import shutil
from dataclasses import replace

import pytest

from labs.engine.authoring import trainer_and_handout
from labs.engine.authoring.new_lab import create
from labs.engine.authoring.parse import load_lab
from labs.engine.proof.parts import lab_hash
from labs.registry import versions

FRONT = "---\nminutes: {route: 10}\n---\n"
SECTIONS = "".join(f"## About {name} {{#{name}}}\n\nText.\n\n" for name in trainer_and_handout.SECTIONS)


@pytest.fixture
def lab(tmp_path):
    """A lab with one stage, "route", and nothing for the room."""
    create(tmp_path / "hello")
    for name in trainer_and_handout.FILES:
        (tmp_path / "hello" / name).unlink()
    whole = load_lab(tmp_path / "hello")
    return replace(whole, stages=tuple(stage for stage in whole.stages if stage.id == "route"))


def told(lab, text: str, name: str = trainer_and_handout.TRAINER) -> list[tuple[int, str]]:
    (lab.folder / name).write_text(text)
    return [(error.line, error.message) for error in trainer_and_handout.mistakes(lab)]


def test_a_page_with_minutes_and_all_sections_has_no_mistake(lab):
    assert told(lab, FRONT + SECTIONS) == []
    page = trainer_and_handout.read(lab)
    assert page.minutes == {"route": 10}
    assert [section.stage for section in page.sections] == list(trainer_and_handout.SECTIONS)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (SECTIONS, 1, "The file begins with a line ---"),
        ("---\nminutes: {ruote: 10}\n---\n" + SECTIONS, 2, 'minutes has no stage "route"'),
        ("---\nminutes: {ruote: 10}\n---\n" + SECTIONS, 2, 'There is no stage "ruote"'),
        ("---\nminutes: {route: long}\n---\n" + SECTIONS, 2, "must be a whole number"),
        (FRONT + SECTIONS.replace("{#ask}", "{#aks}"), 4, 'A section is missing: "## A title {#ask}"'),
        (FRONT + SECTIONS.replace("{#ask}", "{#aks}"), 12, 'There is no section "aks"'),
        (FRONT + SECTIONS + "## More {#more}\n", 24, 'The section "More" is empty'),
        (FRONT + SECTIONS + "<<nobody>>\n", 24, "<<nobody>>"),
    ],
)
def test_a_mistake_is_reported_with_its_line(lab, text, line, message):
    found = told(lab, text)
    assert any(at == line and message in said for at, said in found), found


def test_a_placeholder_without_a_value_in_a_handout_is_a_mistake(lab):
    [(line, message)] = told(lab, "One\n<<nobody>>\n", trainer_and_handout.HANDOUT)
    assert line == 2
    assert "<<nobody>>" in message


def test_neither_the_version_nor_the_proof_of_a_lab_depends_on_them(tmp_path):
    folder = tmp_path / "first-ebgp"
    shutil.copytree(versions.newest("first-ebgp").folder, folder)
    before = load_lab(folder)
    for name in trainer_and_handout.FILES:
        (folder / name).write_text("Something else.")
    after = load_lab(folder)
    assert (after.version, lab_hash(after)) == (before.version, lab_hash(before))
    (folder / "guide.md").write_text((folder / "guide.md").read_text() + "\nMore.\n")
    assert load_lab(folder).version != before.version


@pytest.mark.parametrize("lab", versions.all_labs(), ids=lambda lab: lab.id)
def test_each_lab_of_this_repository_has_a_page_for_trainers(lab):
    assert trainer_and_handout.missing(lab) == []
    assert trainer_and_handout.mistakes(lab) == []
    page = trainer_and_handout.read(lab)
    assert list(page.minutes) == [stage.id for stage in lab.stages]
