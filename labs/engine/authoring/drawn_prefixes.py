"""Finds fixed addresses of a lab that a drawn prefix can contain: with the seed of some learner, two links would have one prefix.

The seeds that check_labs reads can miss this, because a prefix is drawn from thousands.
"""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from labs.engine.definition.parameters import homes_of
from labs.engine.definition.spec import Lab
from labs.typed_yaml.authoring_errors import AuthoringError
from labs.typed_yaml.shapes import Path
from labs.typed_yaml.yaml_file import read_yaml


def mistakes(lab: Lab) -> list[AuthoringError]:
    """Return an error for each fixed address, of a link or a loopback, that some seed puts inside a drawn prefix."""
    if not lab.parameters:
        return []
    file = lab.folder / "lab.yaml"
    marked = read_yaml(file)
    found = []
    for path, text in _addresses(marked.value):
        fixed = ipaddress.ip_interface(text).network
        for name, value in lab.parameters.items():
            if isinstance(value, ipaddress.IPv4Network | ipaddress.IPv6Network) and _can_contain(value, fixed):
                free = [str(first) for _home, first in homes_of(value) if first]
                message = (
                    f"{text} is fixed, and {name} can be drawn with the same prefix. Make it a part of a parameter, or take an "
                    f"address that is never drawn{f', such as one of {free[0]}' if free else ''}."
                )
                found.append(AuthoringError(str(file), marked.line(path), message))
    return found


def _can_contain(drawn: Any, fixed: Any) -> bool:
    if drawn.version != fixed.version:
        return False
    return any(
        fixed.overlaps(home) and not (first is not None and fixed.subnet_of(first)) for home, first in homes_of(drawn)
    )


def _addresses(read: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield each address without a placeholder, and its place in lab.yaml."""
    for at, link in enumerate(read.get("links", ())):
        for side in ("a", "b"):
            for text in link[side].get("addresses", ()):
                if "<<" not in text:
                    yield ("links", at, side, "addresses"), text
    for name, node in read["nodes"].items():
        for text in node.get("loopback", ()):
            if "<<" not in text:
                yield ("nodes", name, "loopback"), text
