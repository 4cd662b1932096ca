"""A lab without checks can be read and run; a draft replaces only its own blocks."""

import pytest

from labs.engine.authoring.new_lab import create
from labs.engine.drafting import lab_without_checks
from labs.typed_yaml.authoring_errors import AuthoringErrors


@pytest.fixture
def folder(tmp_path):
    create(tmp_path / "mine", "bgp-pair")
    return tmp_path / "mine"


def without(folder, *keys):
    """Removes these blocks of lab.yaml, as an author who has not written them yet."""
    file = folder / "lab.yaml"
    blocks = lab_without_checks.blocks_of(file.read_text())
    file.write_text("\n".join(line for key, lines in blocks.items() if key not in keys for line in lines) + "\n")


def test_a_lab_without_stages_takes_those_of_its_solution(folder):
    without(folder, "stages", "mutants")
    lab = lab_without_checks.read(folder)
    assert lab.stages == {"session": "Session", "announce": "Announce", "accept": "Accept"}
    assert lab.checks == 0


def test_titles_of_the_authors_stages_are_kept(folder):
    assert next(iter(lab_without_checks.read(folder).stages.values())) == "Open a session"
    assert lab_without_checks.read(folder).checks == 6


def test_a_solution_without_stages_has_one(folder):
    without(folder, "stages", "mutants")
    (folder / "solution/r1.sh").write_text("ip link set lo up\n")
    assert lab_without_checks.read(folder).stages == {"solve": "Solve"}


def test_stages_of_several_files_are_put_in_the_order_that_all_agree_on(folder):
    without(folder, "stages", "mutants")
    (folder / "solution/r1.sh").write_text("# stage: one\n# stage: three\n")
    (folder / "solution/r2.sh").write_text("# stage: one\n# stage: two\n# stage: three\n")
    assert list(lab_without_checks.read(folder).stages) == ["one", "two", "three"]


def test_a_lab_without_checks_and_without_a_guide_can_be_loaded(folder):
    without(folder, "stages", "mutants")
    (folder / "guide.md").unlink()
    lab = lab_without_checks.read(folder)
    with lab_without_checks.copy_of(lab) as copy:
        [loaded] = lab_without_checks.load(lab, copy, lab.text(lab.stand_in()), (0,))
    assert [stage.id for stage in loaded.stages] == ["session", "announce", "accept"]
    assert loaded.solution["accept"]["r1"][0] == "vtysh"
    assert not (folder / "guide.md").exists()


def test_a_lab_can_be_drafted_before_its_guide_is_right(folder):
    without(folder, "stages", "mutants")
    (folder / "guide.md").write_text("# Mine\n\n## Of the template {#template}\n\nText.\n")
    lab = lab_without_checks.read(folder)
    with lab_without_checks.copy_of(lab) as copy:
        assert lab_without_checks.load(lab, copy, lab.text(lab.stand_in()), (0,))


def test_all_other_lines_of_the_author_stay_as_they_are(folder):
    before = (folder / "lab.yaml").read_text()
    lab = lab_without_checks.read(folder)
    text = lab.text("stages:\n  - id: new\n", {"mutants": "mutants:\n  - id: one\n"})
    above, _stages, below = before.partition("stages:\n")
    assert text.startswith(f"{above}stages:\n  - id: new\n")
    comment = below[below.index("# Solutions with a mistake") :].split("\n")[0]
    assert text.endswith(f"{comment}\nmutants:\n  - id: one\n")


def test_a_block_that_the_author_has_not_is_added_at_the_end(folder):
    without(folder, "stages", "mutants")
    text = lab_without_checks.read(folder).text("stages:\n  - id: new\n", {"mutants": "mutants:\n  - id: one\n"})
    assert text.endswith("\n\nstages:\n  - id: new\n\nmutants:\n  - id: one\n")


def test_mistakes_are_reported_at_the_authors_file(folder):
    (folder / "lab.yaml").write_text((folder / "lab.yaml").read_text().replace("kind: bird", "kind: brid"))
    lab = lab_without_checks.read(folder)
    with lab_without_checks.copy_of(lab) as copy, pytest.raises(AuthoringErrors) as wrong:
        lab_without_checks.load(lab, copy, lab.text(lab.stand_in()), (0,))
    assert {one.file for one in wrong.value.errors} >= {str(folder / "lab.yaml")}


def test_a_folder_without_lab_yaml_is_told_so(tmp_path):
    with pytest.raises(AuthoringErrors, match="cannot be read"):
        lab_without_checks.read(tmp_path)
