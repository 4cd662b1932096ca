"""Proofs that are remembered: a lab whose folder, grader and image are the same need not be proven again."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from labs.engine.definition.spec import Lab
from labs.engine.proof.proof import Proof
from labs.engine.runtime.image import REPO, image_tag

ENGINE = REPO / "labs" / "engine"


class Kept:
    """The file of remembered proofs. What cannot be read is forgotten.

    PACKAGES says which packages are in the lab image (labs.engine.runtime.image): a fresh build of it may grade otherwise.
    """

    def __init__(self, file: Path, packages: str) -> None:
        self.file, self.packages = file, packages
        self._proofs: dict[str, dict[str, object]] = {}
        try:
            read = json.loads(file.read_text(encoding="utf-8"))
            self._proofs = read if isinstance(read, dict) else {}
        except (OSError, ValueError):
            pass

    def get(self, lab: Lab) -> Proof | None:
        """Returns the proof of this very lab; None if there is none, or it was of another grader or image."""
        kept = self._proofs.get(key(lab, self.packages))
        try:
            return Proof.from_json({**kept, "folder": str(lab.folder)}) if kept else None
        except (KeyError, TypeError):
            return None

    def keep(self, lab: Lab, proof: Proof) -> None:
        """Remember a proof in place of older ones of the lab; one that failed is not worth remembering."""
        others = {name: kept for name, kept in self._proofs.items() if kept.get("lab") != lab.id}
        self._proofs = {**others, **({key(lab, self.packages): proof.as_json()} if proof.is_proven else {})}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps(self._proofs, indent=1), encoding="utf-8")
        new.replace(self.file)


def key(lab: Lab, packages: str) -> str:
    """A hash of all that a proof speaks of: the lab's folder, the lab image with its packages, and how we type and grade."""
    return hashlib.sha256(f"{lab.id} {lab.version} {image_tag()} {packages} {grader()}".encode()).hexdigest()[:24]


def grader(folders: Sequence[Path] = (ENGINE,)) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
