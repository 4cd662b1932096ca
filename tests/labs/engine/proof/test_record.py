"""The record of a proof is kept beside the labs, and is the same in every clone."""

import json
import shutil
from dataclasses import replace
from datetime import date

import pytest

from labs.engine.authoring.catalog import check_folder
from labs.engine.authoring.parse import load_lab
from labs.engine.proof import record
from labs.engine.proof.proof import Finding
from labs.engine.proof_files import file_in_proofs
from labs.engine.state import recorded
from labs.engine.state.facts import Section

PARTS = {"lab": "1", "checks": "2", "engine": "3", "image": "4"}


@pytest.fixture
def write():
    def written(lab, proof):
        record.write(lab, proof, parts=PARTS, today=date(2026, 11, 27), packages="abc")

    return written


def test_a_record_holds_the_proof_its_date_points_and_parts(lab, proof_of, write):
    made = proof_of(lab, {})
    made.untouched = [Finding(str(lab.folder / "lab.yaml"), 34, "reach (5 points) passes untouched.")]
    write(lab, made)
    found = record.read(lab)
    assert found == record.Record(
        proof=made, proven_on=date(2026, 11, 27), points=lab.points, parts=PARTS, packages="abc"
    )
    stored = json.loads((lab.folder.parent / f"_proofs/{lab.id}.json").read_text())
    assert stored["score"] == 0.0  # no check notices a line: see proof_of


def test_the_state_of_the_solved_lab_is_kept_beside_the_record_and_goes_with_it(lab, proof_of, write):
    made = proof_of(lab, {})
    state = {"r1": {Section.SETTINGS: {"net.ipv4.ip_forward": "1"}}}
    made.solved = [({}, state)]
    write(lab, made)
    assert recorded.read(lab) == state
    assert "solved" not in file_in_proofs(lab).read_text()
    made.problems = [Finding(str(lab.folder / "lab.yaml"), 1, "It does not work.")]
    write(lab, made)
    assert recorded.read(lab) is None


def test_a_record_says_which_parts_have_changed_since(lab, proof_of, write):
    write(lab, proof_of(lab, {}))
    assert record.read(lab).changed_parts(PARTS) == []
    assert record.read(lab).changed_parts({**PARTS, "image": "5", "lab": "0"}) == ["lab", "image"]


def test_a_record_names_no_folder_of_the_machine_that_made_it(lab, proof_of, write, tmp_path):
    write(lab, proof_of(lab, {}))
    file = file_in_proofs(lab)
    assert str(lab.folder) not in file.read_text()
    moved = load_lab(shutil.copytree(lab.folder, tmp_path / "elsewhere" / lab.folder.name))
    file_in_proofs(moved).parent.mkdir()
    shutil.copy(file, file_in_proofs(moved))
    proof = record.read(moved).proof
    assert proof.folder == str(moved.folder)
    assert proof.unnoticed
    assert all(one.file.startswith(f"{moved.folder}/solution/") for one in proof.unnoticed)


def test_a_proof_with_problems_leaves_no_record(lab, proof_of, write):
    write(lab, proof_of(lab, {}))
    write(lab, replace(proof_of(lab, {}), problems=[Finding("a", 1, "b")]))
    assert record.read(lab) is None
    assert not file_in_proofs(lab).exists()


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"proof": {"x": 1}, "proven_on": "today"}'])
def test_a_record_that_cannot_be_read_counts_as_missing(lab, text):
    file_in_proofs(lab).parent.mkdir(exist_ok=True)
    file_in_proofs(lab).write_text(text)
    assert record.read(lab) is None


def test_the_folder_of_records_is_no_lab(lab, proof_of, write):
    write(lab, proof_of(lab, {}))
    labs, errors = check_folder(lab.folder.parent)
    assert list(labs) == [lab.id]
    assert not [error for error in errors if "_proofs" in error.file]
