"""Imports a folder of another system: finds out of which, reads it, and writes ours."""

from collections.abc import Sequence
from pathlib import Path

from labs.engine.foreign_labs import kathara, netlab_topology
from labs.engine.foreign_labs.containerlab import find_topology, read_containerlab
from labs.engine.foreign_labs.foreign_lab import CannotImport, ForeignLab
from labs.engine.foreign_labs.kathara import read_kathara
from labs.engine.foreign_labs.netlab import read_netlab
from labs.engine.foreign_labs.source_folder import Refused, SourceFolder
from labs.engine.foreign_labs.writer import Imported, lab_id, write_lab
from labs.typed_yaml.yaml_file import mark

SYSTEMS = ("containerlab", "kathara", "netlab")


def import_lab(
    source: Path,
    to: Path | None = None,
    *,
    system: str = "",
    checks: Path | None = None,
    learners: Sequence[str] = (),
    netlab: str = "netlab",
) -> Imported:
    """Import SOURCE, a folder or its main file, into the new folder TO. Raises CannotImport."""
    if source.is_symlink() or not source.exists():
        raise CannotImport(f"{source} is not a folder. Name the folder of a lab, or its main file.")
    root, file = (source.parent, source.name) if source.is_file() else (source, "")
    folder = SourceFolder(root)
    name = root.resolve().name if not file else Path(file).name.partition(".")[0]
    lab = _read(folder, file, name, system, checks, netlab)
    return write_lab(lab, (to or Path(lab_id(lab.name))).absolute(), learners)


def _read(folder: SourceFolder, file: str, name: str, system: str, checks: Path | None, netlab: str) -> ForeignLab:
    if (system == "kathara" or not system) and (file or kathara.FILE) == kathara.FILE and folder.has(kathara.FILE):
        if checks is None:
            return read_kathara(folder, name)
        if checks.is_symlink() or not checks.is_file():
            raise CannotImport(f"{checks} is not a file. Name the configuration of Kathara's checker.")
        return read_kathara(folder, name, SourceFolder(checks.parent), checks.name)
    if system != "netlab" and (topology := file or find_topology(folder)) and not _is_netlab(folder, topology):
        return read_containerlab(folder, topology)
    found = file or next((one for one in netlab_topology.FILES if folder.has(one)), "")
    if found and system in ("netlab", ""):
        return read_netlab(folder, found, name, netlab)
    wanted = f" of {system}" if system else ""
    raise CannotImport(
        f"{folder.root} has no lab{wanted}. Needed is lab.conf (Kathara), NAME.clab.yml (containerlab) or topology.yml (netlab)."
    )


def _is_netlab(folder: SourceFolder, file: str) -> bool:
    try:
        return netlab_topology.is_netlab(mark(folder.text(file), aliases=True).value)
    except Refused as why:
        raise CannotImport(f"{file} cannot be read: {why}. Correct the file, or name another one.") from why
