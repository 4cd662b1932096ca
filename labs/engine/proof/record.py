"""The records of proofs: ``_proofs/ID.json`` beside the folders of the labs, to be committed with them.

The state of the solved lab is written beside them (labs.engine.state.recorded), for the diagnosis.
A lab need not be proven again while all that its proof rests on is the same (labs.engine.proof.parts).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from labs.engine.definition.spec import Lab
from labs.engine.proof.parts import PARTS
from labs.engine.proof.proof import Finding, Proof, Summary
from labs.engine.proof_files import file_in_proofs
from labs.engine.state import recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A proof without problems, and what it rests on.

    ``packages`` identifies the packages of the lab image (labs.engine.runtime.image). Other packages do not make it stale.
    """

    proof: Proof
    proven_on: date
    points: int
    parts: Mapping[str, str]
    packages: str

    def changed_parts(self, now: Mapping[str, str]) -> list[str]:
        """Return the parts that are not what they were when the lab was proven. Empty: the proof holds."""
        return [name for name in PARTS if self.parts.get(name) != now[name]]


def read(lab: Lab) -> Record | None:
    """Return the record of a lab; None if there is none, or if it cannot be read."""
    try:
        stored = json.loads(file_in_proofs(lab).read_text(encoding="utf-8"))
        return Record(
            proof=_with_files(
                Proof.from_json({**stored["proof"], "lab": lab.id, "folder": str(lab.folder)}), lab.folder
            ),
            proven_on=date.fromisoformat(stored["proven_on"]),
            points=int(stored["points"]),
            parts=dict(stored["parts"]),
            packages=str(stored["packages"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _with_files(proof: Proof, folder: Path) -> Proof:
    def placed(findings: list[Finding]) -> list[Finding]:
        return [replace(one, file=str(folder / one.file)) for one in findings]

    return replace(
        proof,
        unnoticed=placed(proof.unnoticed),
        exceptions=placed(proof.exceptions),
        untouched=placed(proof.untouched),
    )


def write(lab: Lab, proof: Proof, *, parts: Mapping[str, str], today: date, packages: str) -> None:
    """Replace the record of a lab. A proof with problems leaves none. Raises OSError."""
    file = file_in_proofs(lab)
    if not proof.is_proven:
        file.unlink(missing_ok=True)
        recorded.write(lab, [])
        return
    stored = {
        "lab": lab.id,
        "proven_on": today.isoformat(),
        "points": lab.points,
        "score": round(Summary.of([proof]).score, 1),
        "parts": dict(parts),
        "packages": packages,
        "proof": _without_paths(proof.as_json(), lab.folder),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(file)
    recorded.write(lab, proof.solved)


def _without_paths(proof: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the proof as it is in every clone: files relative to the lab's folder."""
    for key in ("unnoticed", "exceptions", "untouched", "problems"):
        for one in proof[key]:
            one["file"] = str(Path(one["file"]).relative_to(folder))
    return {name: value for name, value in proof.items() if name not in ("lab", "folder")}
