"""Stores proofs: a lab need not be proven again while its folder, the engine's code and the lab image stay the same."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from labs.engine.definition.spec import Lab
from labs.engine.proof.proof import Proof
from labs.engine.runtime.flavours import tag_of
from labs.engine.runtime.image import REPO

ENGINE = REPO / "labs" / "engine"


class ProofRecords:
    """The file of stored proofs. An entry that cannot be read counts as missing.

    PACKAGES identifies the packages of the image of each flavour (labs.engine.runtime.image): a fresh build may change verdicts.
    """

    def __init__(self, file: Path, packages: Mapping[str, str]) -> None:
        self.file, self.packages = file, packages
        self._proofs: dict[str, dict[str, object]] = {}
        try:
            read = json.loads(file.read_text(encoding="utf-8"))
            self._proofs = read if isinstance(read, dict) else {}
        except (OSError, ValueError):
            pass

    def get(self, lab: Lab) -> Proof | None:
        """Return the proof of this version of the lab; None if there is none, or it was made with other code or another image."""
        stored = self._proofs.get(self._key(lab))
        try:
            return Proof.from_json({**stored, "folder": str(lab.folder)}) if stored else None
        except (KeyError, TypeError):
            return None

    def store(self, lab: Lab, proof: Proof) -> None:
        """Replace the proofs of the lab with this one. A proof that failed is not stored."""
        others = {name: stored for name, stored in self._proofs.items() if stored.get("lab") != lab.id}
        self._proofs = {**others, **({self._key(lab): proof.as_json()} if proof.is_proven else {})}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps(self._proofs, indent=1), encoding="utf-8")
        new.replace(self.file)

    def _key(self, lab: Lab) -> str:
        return key(lab, self.packages.get(lab.image, ""))


def key(lab: Lab, packages: str) -> str:
    """Hash all that a proof depends on: the lab's folder, its image with its packages, and the engine's code."""
    return hashlib.sha256(f"{lab.id} {lab.version} {tag_of(lab.image)} {packages} {code_hash()}".encode()).hexdigest()[
        :24
    ]


def code_hash(folders: Sequence[Path] = (ENGINE,)) -> str:
    """Hash the Python files below these folders: they type the solution and grade it."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
