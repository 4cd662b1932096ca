"""Writes a lab as a folder of another system, to run it at home. Its checks stay here: no other system has them."""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from labs.engine.definition.solution import typed
from labs.engine.definition.spec import Lab
from labs.engine.foreign_labs.export_containerlab import containerlab
from labs.engine.foreign_labs.export_kathara import kathara
from labs.engine.foreign_labs.home_lab import Home, as_script, with_shell

USUAL = ("ip ", "sysctl ", "while ", "for ", "if ")  # start commands that every image can run
SYSTEMS: Mapping[str, Callable[[Lab, Mapping[str, str]], Home]] = {"containerlab": containerlab, "kathara": kathara}


class CannotExport(Exception):
    """The lab cannot be exported; the text tells why and what to do."""


def export_lab(lab: Lab, system: str, folder: Path, *, solved: bool = False) -> list[Path]:
    """Write the lab to a new folder, in its start state or solved, and return its files. Raises CannotExport."""
    if folder.exists():
        raise CannotExport(f"{folder} exists already. Choose another folder with --to, or remove it first.")
    scripts = {name: as_script(lines) for name, lines in typed(lab).items()} if solved else {}
    home = SYSTEMS[system](lab, scripts)
    home.notes += list(_notes(lab))
    home.files["README.md"] = _readme(lab, system, home, solved=solved).encode()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as work:
        at = Path(work) / folder.name
        for path, content in home.files.items():
            file = at / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            if path in home.executable:
                file.chmod(0o755)
        shutil.move(at, folder)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _notes(lab: Lab) -> list[str]:
    """Say what the images of other systems may lack."""
    notes = []
    if lab.image:
        notes.append(
            f"The lab uses the packages of our image flavour {lab.image}. Install them in the nodes, or choose other images."
        )
    programs = sorted(
        {line.split()[0] for node in with_shell(lab) for line in node.start if not line.startswith(("ip ", "sysctl "))}
    )
    if programs:
        notes.append(f"Start commands use {', '.join(programs)}, which the image may lack.")
    if lab.requires:
        notes.append(f"The kernel must have: {', '.join(lab.requires)}.")
    return notes


def _readme(lab: Lab, system: str, home: Home, *, solved: bool) -> str:
    state = "solved: each node types the solution when it starts" if solved else "as a learner finds it at the start"
    nodes = ", ".join(node.name for node in with_shell(lab))
    lines = [
        f"# {lab.title}",
        "",
        lab.summary,
        "",
        f"This is the lab `{lab.id}` of Vaka for {system}, {state}. Its checks are not here.",
        "",
    ]
    lines += ["## Run it", "", f"Install {system} first, see its own documentation. Then type in this folder:", ""]
    lines += [
        *(f"    {line}" for line in [*home.before, home.start]),
        "",
        f"Open a shell on a node ({nodes}), and stop the lab:",
        "",
    ]
    lines += [f"    {home.console}", f"    {home.stop}", ""]
    if home.notes:
        lines += ["## What is different", "", *(f"- {note}" for note in home.notes), ""]
    guide = lab.guide.strip()
    return "\n".join(lines) + (f"\n---\n\n{guide}\n" if guide else "")
