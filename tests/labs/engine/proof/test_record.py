"""A proof is stored until the lab, the engine's code or the image changes."""

import json
import shutil
from dataclasses import replace

from labs.engine.authoring.parse import load_lab
from labs.engine.proof import record
from labs.engine.proof.proof import Finding
from labs.engine.proof.record import ProofRecords


def test_a_proof_is_valid_until_the_lab_the_code_or_the_image_changes(lab, tmp_path, monkeypatch, proof_of):
    file = tmp_path / "state/proofs.json"
    made = proof_of(lab, {})
    ProofRecords(file, {"": "packages"}).store(lab, made)
    assert ProofRecords(file, {"": "packages"}).get(lab) == made
    assert ProofRecords(file, {"": "packages"}).get(replace(lab, version="other")) is None
    for name in ("code_hash", "tag_of"):
        with monkeypatch.context() as other:
            other.setattr(record, name, lambda *flavour: "other")
            assert ProofRecords(file, {"": "packages"}).get(lab) is None


def test_a_lab_is_proven_again_only_if_a_fresh_image_has_other_packages(lab, tmp_path, proof_of):
    file = tmp_path / "proofs.json"
    ProofRecords(file, {"": "frr 10.3-3"}).store(lab, proof_of(lab, {}))
    assert ProofRecords(file, {"": "frr 10.3-3"}).get(lab) is not None
    assert ProofRecords(file, {"": "frr 10.3-4"}).get(lab) is None


def test_a_proof_counts_for_the_packages_of_the_image_that_the_lab_names(lab, tmp_path, proof_of):
    file, lab = tmp_path / "proofs.json", replace(lab, image="dns")
    ProofRecords(file, {"": "frr 10.3-3", "dns": "nsd 4.12"}).store(lab, proof_of(lab, {}))
    assert ProofRecords(file, {"": "frr 10.3-4", "dns": "nsd 4.12"}).get(lab) is not None
    assert ProofRecords(file, {"": "frr 10.3-3", "dns": "nsd 4.13"}).get(lab) is None
    assert record.key(lab, "nsd 4.12") != record.key(replace(lab, image=""), "nsd 4.12")


def test_the_hash_of_the_code_changes_with_python_files_only(tmp_path):
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks/a.py").write_text("x = 1\n")
    before = record.code_hash([tmp_path])
    (tmp_path / "notes.txt").write_text("no code")
    assert record.code_hash([tmp_path]) == before
    (tmp_path / "checks/a.py").write_text("x = 2\n")
    assert record.code_hash([tmp_path]) != before


def test_a_proof_that_failed_is_not_stored_and_removes_the_older_one(lab, tmp_path, proof_of):
    records = ProofRecords(tmp_path / "proofs.json", {"": "packages"})
    records.store(lab, proof_of(lab, {}))
    bad = replace(proof_of(lab, {}), problems=[Finding("a", 1, "b")])
    records.store(lab, bad)
    assert ProofRecords(tmp_path / "proofs.json", {"": "packages"}).get(lab) is None


def test_a_file_that_cannot_be_read_counts_as_missing(lab, tmp_path):
    for text in ("{", "[]", json.dumps({record.key(lab, "packages"): {"lab": "x"}})):
        (tmp_path / "proofs.json").write_text(text)
        assert ProofRecords(tmp_path / "proofs.json", {"": "packages"}).get(lab) is None


def test_the_proof_of_a_lab_that_moved_has_its_new_folder(lab, proven, tmp_path, proof_of):
    records = ProofRecords(tmp_path / "proofs.json", {"": "packages"})
    records.store(lab, proof_of(lab, {}))
    moved = load_lab(shutil.copytree(proven, tmp_path / "elsewhere"))
    assert records.get(moved).folder == str(tmp_path / "elsewhere")
