"""The place of the records of proofs: ``_proofs``, beside the folders of the labs. labs.engine.proof.record writes them.

It stands below ``labs.engine.state``, which keeps the state of the solved lab there, too.
"""

from pathlib import Path

from labs.engine.definition.spec import Lab


def file_in_proofs(lab: Lab, folder: str = "") -> Path:
    """Return the file of a lab in _proofs, or in a folder of _proofs."""
    return lab.folder.parent / "_proofs" / folder / f"{lab.id}.json"
