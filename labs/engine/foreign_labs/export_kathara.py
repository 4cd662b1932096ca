"""Writes a lab as a network scenario of Kathara."""

import re
from collections.abc import Mapping

from labs.engine.definition.spec import Lab, Node
from labs.engine.foreign_labs import export_tables as tables
from labs.engine.foreign_labs.home_lab import Home, files_of, programs_of, segments, set_up, with_shell
from labs.engine.foreign_labs.names import replaced


def kathara(lab: Lab, scripts: Mapping[str, str]) -> Home:
    """Return the files. SCRIPTS are run on their nodes at the end, by node."""
    home = Home(start="kathara lstart", stop="kathara lclean", console="kathara connect NODE")
    devices = {node.name: node.name.replace("-", "_") for node in with_shell(lab)}
    interfaces = {name: numbered(lab, name) for name in devices}
    lines = [f'LAB_NAME="{lab.id}"', 'LAB_AUTHOR="exported from Vaka"', ""]
    for segment in segments(lab):
        for name, interface in segment.ends:
            number = interfaces[name][interface].removeprefix("eth")
            lines.append(f'{devices[name]}[{number}]="{segment.name}"')
    for node in with_shell(lab):
        device = devices[node.name]
        lines += [f'{device}[image]="{tables.KATHARA_IMAGES[node.kind]}"', f'{device}[ipv6]="true"']
        renamed = {old: new for old, new in interfaces[node.name].items() if old != new}
        home.executable |= {f"{device}{path}" for path in programs_of(node)}
        home.files |= _files(lab, node, device, renamed, scripts.get(node.name, ""))
        home.notes += [
            f"The interface {old} of {node.name} is {new} there: Kathara counts from eth0."
            for old, new in renamed.items()
        ]
        if device != node.name:
            home.notes.append(f"The node {node.name} is the device {device}: Kathara's names have no hyphen.")
    home.files["lab.conf"] = ("\n".join(lines) + "\n").encode()
    return home


def numbered(lab: Lab, node: str) -> dict[str, str]:
    """Return the name of each interface in Kathara, which numbers them from eth0. Names that fit stay as they are."""
    names = sorted(
        (end.name for end in lab.interfaces(node)), key=lambda name: (re.sub(r"\d", "", name), len(name), name)
    )
    return {name: f"eth{number}" for number, name in enumerate(names)}


def _files(lab: Lab, node: Node, device: str, renamed: dict[str, str], script: str) -> dict[str, bytes]:
    """Return the device's startup file and folder."""
    start = tables.KATHARA_START.get(node.kind)
    lines = [*set_up(lab, node), *([start] if start else []), *node.start]
    if script:
        lines.append("bash /vaka-solution.sh")
    files = {f"{device}.startup": "".join(f"{replaced(line, renamed)}\n" for line in lines).encode()}
    for path, content in files_of(node).items():
        files[f"{device}{path}"] = _renamed(content, renamed)
    if script:
        files[f"{device}/vaka-solution.sh"] = replaced(script, renamed).encode()
    return files


def _renamed(content: bytes, renamed: dict[str, str]) -> bytes:
    try:
        return replaced(content.decode(), renamed).encode()
    except UnicodeDecodeError:
        return content
