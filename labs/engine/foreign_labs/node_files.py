"""Takes over the files of a foreign node: configurations are read, other files are copied, the rest is reported."""

from collections.abc import Iterable

from labs.engine.authoring.parse import LARGEST_FILE, LARGEST_FILES, MADE_BY_THE_KERNEL
from labs.engine.definition.spec import Kind
from labs.engine.foreign_labs import frr_tables, interfaces_file
from labs.engine.foreign_labs.foreign_lab import ForeignLab, ForeignNode, Place
from labs.engine.foreign_labs.frr_config import read_daemons, read_frr
from labs.engine.foreign_labs.source_folder import Refused, SourceFolder

BIRD = ("etc/bird/bird.conf", "etc/bird.conf")
DROPPED = ("etc/hosts", "etc/hostname", "etc/bird6.conf", "etc/bird/bird6.conf")


def read_files(lab: ForeignLab, node: ForeignNode, folder: SourceFolder, files: Iterable[tuple[str, str]]) -> None:
    """Take over files, each as (path in the source, path in the node without its first slash)."""
    for source, inside in sorted(files, key=lambda pair: (_order(pair[1]), pair)):
        place = Place(source)
        try:
            content = folder.content(source)
        except Refused as why:
            lab.leave_out(place, f"the file for /{inside} of {node.name}", str(why))
            continue
        _read_file(lab, node, inside, content, place)


def _order(inside: str) -> int:
    """FRR's files are read in FRR's order, because the interfaces come first in it."""
    name = inside.rpartition("/")[2]
    return frr_tables.FILES.index(name) if name in frr_tables.FILES else -1


def _read_file(lab: ForeignLab, node: ForeignNode, inside: str, content: bytes, place: Place) -> None:
    folder, _, name = inside.rpartition("/")
    is_configuration = folder in frr_tables.FOLDERS or inside in BIRD or inside == interfaces_file.PATH
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = ""
        if is_configuration:
            lab.leave_out(place, f"/{inside} of {node.name}", "the file is not UTF-8")
            return
    if folder in frr_tables.FOLDERS:
        _read_routing_file(lab, node, name, text, place, is_quagga=folder in frr_tables.QUAGGA)
    elif inside in BIRD:
        node.kind = Kind.BIRD
        node.routing = text.splitlines()
    elif inside == interfaces_file.PATH:
        interfaces_file.read_interfaces(lab, node, text, place.file)
    elif inside not in DROPPED:
        _copy(lab, node, inside, content, place)


def _read_routing_file(
    lab: ForeignLab, node: ForeignNode, name: str, text: str, place: Place, *, is_quagga: bool
) -> None:
    if name == "daemons":
        read_daemons(lab, node, text, place.file)
    elif name in frr_tables.FILES:
        node.kind = Kind.FRR
        read_frr(lab, node, text, place.file, is_quagga=is_quagga)
    elif name not in frr_tables.NOT_CONFIGURATION:
        lab.leave_out(place, f"{name} of {node.name}", "it is not a configuration file of FRR")


def _copy(lab: ForeignLab, node: ForeignNode, inside: str, content: bytes, place: Place) -> None:
    path = f"/{inside}"
    held = sum(len(one) for other in lab.nodes.values() for one in other.files.values())
    if not is_plain(path):
        lab.leave_out(place, path, "this is not a plain path in a node")
    elif path.startswith(MADE_BY_THE_KERNEL):
        lab.leave_out(place, path, "the kernel provides this path when a node starts")
    elif any(f"{path}/".startswith(f"{other}/") or f"{other}/".startswith(f"{path}/") for other in node.files):
        lab.leave_out(place, path, "another file of the node has this path, or needs it as a folder")
    elif len(content) > LARGEST_FILE or held + len(content) > LARGEST_FILES:
        lab.leave_out(place, path, f"start files have at most {LARGEST_FILES // 1024} KB together")
    else:
        node.files[path] = content


def is_plain(path: str) -> bool:
    """Whether an absolute path has no part that leads elsewhere, and only characters that a line can show."""
    parts = path.split("/")[1:]
    return path.startswith("/") and path.isprintable() and all(part not in ("", ".", "..") for part in parts)
