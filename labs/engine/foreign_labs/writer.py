"""Writes the folder of an imported lab, with a report of what is not in it."""

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labs.engine.authoring.catalog import check_lab
from labs.engine.authoring.new_lab import schema_path
from labs.engine.authoring.own_nodes import share
from labs.engine.authoring.schema import ID
from labs.engine.foreign_labs.foreign_lab import CannotImport, ForeignLab, printable
from labs.engine.foreign_labs.lab_yaml import Document, make_document
from labs.engine.foreign_labs.names import slug
from labs.engine.foreign_labs.node_files import is_plain
from labs.engine.foreign_labs.proposals import propose_checks
from labs.engine.foreign_labs.report import REPORT, report
from labs.engine.foreign_labs.solution_split import Split, split
from labs.typed_yaml.authoring_errors import AuthoringError
from labs.typed_yaml.yaml_text import flow

STAGE = "imported"
OWN_NODES = (
    "Imported: the tests of the source look at the nodes that the learner configures. "
    "TODO: let half of the points come from nodes with learner: false."
)


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import. ``errors`` are those of check_labs: the lab is not offered to anybody until they are mended."""

    folder: Path
    lab: ForeignLab
    solution: str  # what the learner types; "" if the source has no solution
    checks: int
    proposed: int
    errors: list[AuthoringError]


def write_lab(lab: ForeignLab, folder: Path, learners: Sequence[str] = ()) -> Imported:
    """Write the lab to a new folder, whose name becomes its id. Raises CannotImport."""
    if not re.fullmatch(ID.pattern, folder.name):
        raise CannotImport(
            f"The folder's name becomes the lab's id, and \"{folder.name}\" is not an id: {ID.wanted}. "
            "Choose another folder with --to."
        )
    if folder.exists():
        raise CannotImport(f"{folder} exists already. Choose another folder with --to, or remove it first.")
    made = split(lab, learners)
    if not lab.checks:
        propose_checks(lab)
    document = make_document(lab, made)
    if not document.solution:
        lab.leave_out(
            lab.place,
            "the solution",
            "the source has no configuration that could become lines to type. TODO: write the solution",
        )
    if not document.checks:
        lab.leave_out(
            lab.place,
            "the checks",
            "the source has no test that fits a check type. TODO: write one, or have draft_checks propose some",
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as work:
        at = Path(work) / folder.name
        at.mkdir()
        errors = _write_all(lab, document, made, at, folder)
        shutil.move(at, folder)
    proposed = sum(1 for check in lab.checks if check.is_proposed)
    moved = [AuthoringError(str(folder / Path(e.file).relative_to(at)), e.line, e.message) for e in errors]
    return Imported(folder, lab, made.what if document.solution else "", len(document.checks), proposed, moved)


def _write_all(lab: ForeignLab, document: Document, made: Split, at: Path, final: Path) -> list[AuthoringError]:
    """Write all files to AT, from where they are moved to FINAL. Return the mistakes that check_labs finds."""
    for node, lines in document.solution.items():
        _write(at / "solution" / f"{node}.sh", f"{'\n'.join(lines)}\n".encode())
    for node, files in document.files.items():
        for path, content in files.items():
            if not is_plain(path):
                # The readers refuse it before
                raise CannotImport(f"{path} of {node} is not a plain path in a node. Rename the file in the source.")
            _write(at / "files" / node / path.lstrip("/"), content)
    _write(at / "guide.md", _guide(lab).encode())
    _write(at / "lab.yaml", _lab_yaml(lab, document, at, final).encode())
    found, errors = check_lab(at)
    if found and share(found).is_large:
        _write(at / "lab.yaml", _lab_yaml(lab, document, at, final, own_nodes=OWN_NODES).encode())
        found, errors = check_lab(at)
    _write(at / REPORT, report(lab, document, made, errors, at).encode())
    return errors


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _lab_yaml(lab: ForeignLab, document: Document, at: Path, final: Path, own_nodes: str = "") -> str:
    title = printable(lab.name)[:200] or final.name
    summary = printable(lab.description)[:500] or f"A lab of {lab.system}."
    lines = [
        f"# yaml-language-server: $schema={schema_path(final)}",
        f"# Imported from {lab.system}. {REPORT} says what is not here, and why.",
        f"id: {final.name}",
        f"title: {flow(title)}",
        f"summary: {flow(summary)} # TODO: what a learner can do afterwards",
        "level: intermediate # TODO: beginner, intermediate or advanced",
        "minutes: 45 # TODO: how many minutes a learner needs",
        *([f"requires: {flow(sorted(lab.requires))}"] if lab.requires else []),
        *([f"own_nodes: {flow(own_nodes)}"] if own_nodes else []),
        "",
        "nodes:",
    ]
    for name, node in document.nodes.items():
        lines += [f"  {name}:", *(f"    {key}: {flow(value)}" for key, value in node.items())]
    lines += ["", "links:" if document.links else "links: []"]
    for link in document.links:
        lines += [f"  - a: {flow(link['a'])}", f"    b: {flow(link['b'])}"]
    lines += ["", "# TODO: choose the points, let the hints fit your lab, and split the checks into stages", "stages:"]
    lines += [
        f"  - id: {STAGE}",
        "    title: Build the network",
        "    checks:" if document.checks else "    checks: []",
    ]
    for check in document.checks:
        first, *rest = check.items()
        lines += [f"      - {first[0]}: {flow(first[1])}", *(f"        {key}: {flow(value)}" for key, value in rest)]
    return "\n".join(lines) + "\n"


def _guide(lab: ForeignLab) -> str:
    # Nothing of the source may begin a section or a fence
    about = "\n".join(printable(line).lstrip("#`~ ") for line in lab.description.splitlines()).strip()
    return (
        f"# {printable(lab.name)}\n\n{about or 'TODO: say what this network is for.'}\n\n"
        f"## Build the network {{#{STAGE}}}\n\n"
        "TODO: say what the learner should build, and give the reason before the rule.\n"
    )


def lab_id(name: str) -> str:
    """Return the id that a foreign name becomes."""
    return slug(name, 40, "lab") or "imported-lab"
