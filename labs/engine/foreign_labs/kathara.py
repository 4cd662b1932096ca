"""Reads a network scenario of Kathara: lab.conf, DEVICE.startup, and the folder of each device."""

import re

from labs.engine.definition.spec import Kind
from labs.engine.foreign_labs import kathara_tables as tables
from labs.engine.foreign_labs.foreign_lab import MOST_NODES, CannotImport, ForeignLab, ForeignNode, Place, Segment
from labs.engine.foreign_labs.kathara_checks import add_checks
from labs.engine.foreign_labs.linux_commands import read_command, read_commands
from labs.engine.foreign_labs.node_files import read_files
from labs.engine.foreign_labs.source_folder import Refused, SourceFolder

FILE = "lab.conf"
OPTION = re.compile(r"(?P<device>[A-Za-z0-9_]+)\[(?P<key>\w+)\]\s*=\s*(?P<value>.+)")
ABOUT = re.compile(r"LAB_(?P<key>[A-Z]+)\s*=\s*(?P<value>.+)")
CHECKER_FILES = re.compile(r"[^/]+\.(?:json|ya?ml)")


def read_kathara(
    folder: SourceFolder, name: str, checks: SourceFolder | None = None, checks_file: str = ""
) -> ForeignLab:
    """Return the lab. CHECKS_FILE is the configuration of Kathara's checker, in the folder CHECKS. Raises CannotImport."""
    lab = ForeignLab(system="Kathara", name=name, place=Place(FILE))
    try:
        text = folder.text(FILE)
    except Refused as why:
        raise CannotImport(f"{FILE} cannot be read: {why}. Correct the file.") from why
    images = _read_conf(lab, text)
    if not lab.nodes:
        raise CannotImport(f"{FILE} has no device. Add a line for each interface of a device, such as: r1[0]=A")
    for node in lab.nodes.values():
        _set_kind(lab, node, images.get(node.name, ""))
    _read_folder(lab, folder)
    for node in lab.nodes.values():
        if node.kind is Kind.HOST and len(lab.interfaces(node.name)) > 1:
            node.sysctls = dict(tables.ROUTING_SYSCTLS) | node.sysctls
    if checks_file:
        add_checks(lab, checks or folder, checks_file)
    else:
        for path, wrong in folder.files():
            if not wrong and CHECKER_FILES.fullmatch(path):
                add_checks(lab, folder, path)
    return lab


def _read_conf(lab: ForeignLab, text: str) -> dict[str, str]:
    """Read lab.conf: the devices and their collision domains. Return the image of each device that names one."""
    images: dict[str, str] = {}
    domains: dict[str, Segment] = {}
    for number, raw in enumerate(text.splitlines(), 1):
        line, place = raw.strip(), Place(FILE, number)
        if not line or line.startswith("#") or not lab.is_readable(line, place):
            continue
        if about := ABOUT.fullmatch(line):
            _about(lab, about["key"], about["value"].strip("\"'"))
            continue
        match = OPTION.fullmatch(line)
        if match is None:
            lab.leave_out(place, line, "this is not a line of lab.conf")
            continue
        device, key, value = match["device"], match["key"], re.sub(r"\s+#.*$", "", match["value"]).strip().strip("\"'")
        if len(lab.nodes) >= MOST_NODES and device not in lab.nodes:
            raise CannotImport(
                f"{place}: the scenario has more than {MOST_NODES} devices. A lab of this size is not imported."
            )
        node = lab.nodes.setdefault(device, ForeignNode(name=device, kind=Kind.HOST, place=place))
        if key.isdecimal():
            domain = value.partition("/")[0]  # a link-layer address may follow
            segment = domains.setdefault(domain, Segment(name=domain, ends=[], place=place))
            segment.ends.append((device, f"eth{int(key)}"))
        elif key == "image":
            images[device] = value
        else:
            _option(lab, node, key, value, place)
    lab.segments = list(domains.values())
    return images


def _about(lab: ForeignLab, key: str, value: str) -> None:
    if key == "DESCRIPTION":
        lab.description = value
    elif key == "NAME" and value:
        lab.name = value
    elif key in tables.CREDITS and value:
        lab.credits.append(f"LAB_{key}: {value}")


def _option(lab: ForeignLab, node: ForeignNode, key: str, value: str, place: Place) -> None:
    if key == "sysctl":
        read_command(lab, node, f"sysctl -w {value}", place)
    elif key == "exec":
        read_command(lab, node, value, place)
    elif key not in tables.NEEDLESS_OPTIONS:
        lab.leave_out(
            place, f"{node.name}[{key}]={value}", tables.OPTIONS.get(key, "this option of a device is not imported")
        )


def _set_kind(lab: ForeignLab, node: ForeignNode, image: str) -> None:
    short = image.rpartition("/")[2].lower()
    if why := next((why for part, why in tables.FOREIGN_IMAGES.items() if part in short), ""):
        lab.leave_out(node.place, f"{node.name} with the image {image}", f"{why}. The node became a host")
    node.kind = next(kind for part, kind in tables.IMAGES if part in short)


def _read_folder(lab: ForeignLab, folder: SourceFolder) -> None:
    """Read the startup files and the files of all devices."""
    files: dict[str, list[tuple[str, str]]] = {}
    for path, wrong in folder.files():
        top, _, inside = path.partition("/")
        place = Place(path)
        if wrong:
            lab.leave_out(place, path, wrong)
        elif inside and top in lab.nodes:
            files.setdefault(top, []).append((path, inside))
        elif (not inside and path.endswith((".shutdown", ".dep"))) or path == "lab.dep":
            lab.leave_out(place, path, "a lab has no order of starts, and nothing runs at its end")
        elif path.endswith(".startup") and not inside and path.removesuffix(".startup") not in (*lab.nodes, "shared"):
            lab.leave_out(place, path, "the scenario has no device of this name")
        elif inside and top == "shared":
            lab.leave_out(place, path, "nodes share no folder. Copy the file to files/NODE/PATH")
        elif inside:
            lab.leave_out(Place(top), top, "the scenario has no device of this name")
    for node in lab.nodes.values():
        read_files(lab, node, folder, files.get(node.name, ()))
        for startup in ("shared.startup", f"{node.name}.startup"):
            if folder.has(startup):
                try:
                    read_commands(lab, node, folder.text(startup), startup)
                except Refused as why:
                    lab.leave_out(Place(startup), startup, str(why))
    _note_unused_configuration(lab)


def _note_unused_configuration(lab: ForeignLab) -> None:
    """A device whose startup never starts its routing daemons is still a router here: its configuration says so."""
    for node in lab.nodes.values():
        if node.kind is Kind.HOST and node.routing:
            node.kind = Kind.FRR
        elif node.kind is Kind.FRR and not (node.routing or node.initial or len(lab.interfaces(node.name)) > 1):
            node.kind = Kind.HOST  # many scenarios give one image to all devices
