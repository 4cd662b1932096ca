"""Reads Debian's /etc/network/interfaces, with which some labs configure their nodes."""

import ipaddress

from labs.engine.foreign_labs.foreign_lab import ForeignLab, ForeignNode, Place
from labs.engine.foreign_labs.linux_commands import read_command

PATH = "etc/network/interfaces"
HOOKS = ("up", "post-up", "pre-up")


def read_interfaces(lab: ForeignLab, node: ForeignNode, text: str, file: str) -> None:
    """Add the addresses, default routes and commands of the file to a node."""
    device, address = "", ""
    for number, raw in enumerate(text.splitlines(), 1):
        words = raw.split()
        if not words or words[0].startswith("#"):
            continue
        place = Place(file, number)
        match words:
            case ["iface", device, _family, method]:
                address = ""
                if method not in ("static", "loopback", "manual"):
                    lab.leave_out(place, raw, f"the method {method} is not imported")
            case ["address", given] if "/" in given:
                _add(lab, node, device, given, place)
            case ["address", given]:
                address = given
            case ["netmask", length] if address:
                _add(lab, node, device, f"{address}/{length}", place)
                address = ""
            case ["gateway", gateway]:
                node.routes.append(f"ip {'-6 ' if ':' in gateway else ''}route replace default via {gateway}")
            case [hook, *command] if hook in HOOKS:
                read_command(lab, node, " ".join(command), place)
            case ["auto" | "allow-hotplug" | "mtu", *_]:
                pass
            case _:
                lab.leave_out(place, raw, "this setting of an interface is not imported")


def _add(lab: ForeignLab, node: ForeignNode, device: str, given: str, place: Place) -> None:
    try:
        node.addresses.setdefault(device, []).append(str(ipaddress.ip_interface(given)))
    except ValueError:
        lab.leave_out(place, given, "it is not an address with its prefix length")
