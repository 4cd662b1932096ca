"""A proof is stored until the lab, the engine's code or the image changes."""

import json
import shutil
from dataclasses import replace

from labs.engine.authoring.parse import load_lab
from labs.engine.proof import record
from labs.engine.proof.proof import Finding
from labs.engine.proof.record import ProofRecords


def test_a_proof_is_remembered_until_the_lab_the_grader_or_the_image_changes(lab, tmp_path, monkeypatch, proof_of):
    file = tmp_path / "state/proofs.json"
    made = proof_of(lab, {})
    ProofRecords(file, "packages").store(lab, made)
    assert ProofRecords(file, "packages").get(lab) == made
    assert ProofRecords(file, "packages").get(replace(lab, version="other")) is None
    for name in ("code_hash", "image_tag"):
        with monkeypatch.context() as other:
            other.setattr(record, name, lambda: "other")
            assert ProofRecords(file, "packages").get(lab) is None


def test_a_fresh_image_with_other_packages_is_proven_again_and_one_with_the_same_is_not(lab, tmp_path, proof_of):
    file = tmp_path / "proofs.json"
    ProofRecords(file, "frr 10.3-3").store(lab, proof_of(lab, {}))
    assert ProofRecords(file, "frr 10.3-3").get(lab) is not None
    assert ProofRecords(file, "frr 10.3-4").get(lab) is None


def test_the_grader_is_other_when_one_of_its_files_is(tmp_path):
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks/a.py").write_text("x = 1\n")
    before = record.code_hash([tmp_path])
    (tmp_path / "notes.txt").write_text("no code")
    assert record.code_hash([tmp_path]) == before
    (tmp_path / "checks/a.py").write_text("x = 2\n")
    assert record.code_hash([tmp_path]) != before


def test_a_proof_that_failed_is_not_remembered_and_the_older_one_is_forgotten(lab, tmp_path, proof_of):
    memory = ProofRecords(tmp_path / "proofs.json", "packages")
    memory.store(lab, proof_of(lab, {}))
    bad = replace(proof_of(lab, {}), problems=[Finding("a", 1, "b")])
    memory.store(lab, bad)
    assert ProofRecords(tmp_path / "proofs.json", "packages").get(lab) is None


def test_a_file_that_cannot_be_read_is_as_none(lab, tmp_path):
    for text in ("{", "[]", json.dumps({record.key(lab, "packages"): {"lab": "x"}})):
        (tmp_path / "proofs.json").write_text(text)
        assert ProofRecords(tmp_path / "proofs.json", "packages").get(lab) is None


def test_a_lab_that_moved_is_remembered_where_it_is_now(lab, proven, tmp_path, proof_of):
    memory = ProofRecords(tmp_path / "proofs.json", "packages")
    memory.store(lab, proof_of(lab, {}))
    moved = load_lab(shutil.copytree(proven, tmp_path / "elsewhere"))
    assert memory.get(moved).folder == str(tmp_path / "elsewhere")
