"""Change the file of ROAs that an RPKI cache serves, on behalf of a check, and restore it.

stayrtr and similar caches reload this file by themselves: {"roas": [{"prefix", "asn", "maxLength"}, …]}.
"""

import ipaddress
import json
import os
import stat
from collections.abc import Mapping
from typing import Any

from labs.supervisor import node_files
from labs.supervisor.network import Network
from labs.supervisor.node import NodeSpace

LARGEST = 1 << 20  # bytes of the file
WRITE = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY

Place = tuple[str, str]  # node and path


class NoRoas(Exception):
    """The file was not changed; the text is a sentence for people."""


class Roas:
    """The files that checks have changed, with their original content."""

    def __init__(self) -> None:
        self._before: dict[Place, bytes] = {}

    def act(self, network: Network, action: Mapping[str, Any]) -> None:
        """Replace the ROAs of a prefix by one for this AS, or remove them if no AS is given; ``undo`` restores the file."""
        node, _, path = str(action["roas"]).partition(":")
        if node not in network.names():
            raise NoRoas(f"The lab has no running node {node}.")
        space, place = network.space(node), (node, path)
        if action.get("undo"):
            if place in self._before:
                _write(space, path, self._before[place])
                del self._before[place]
            return
        text = _read(space, path)
        changed = _changed(f"{node}:{path}", text, action)
        self._before.setdefault(place, text)
        _write(space, path, changed)

    def forget(self, node: str) -> None:
        """Forget the files of a node that is being reset."""
        self._before = {place: text for place, text in self._before.items() if place[0] != node}


def _changed(name: str, text: bytes, action: Mapping[str, Any]) -> bytes:
    prefix = ipaddress.ip_network(str(action["prefix"]))
    try:
        served = json.loads(text)
        kept = [roa for roa in served["roas"] if ipaddress.ip_network(roa["prefix"]) != prefix]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise NoRoas(f'{name} is not a file of ROAs: {{"roas": [{{"prefix", "asn", "maxLength"}}, …]}}.') from None
    if "origin_as" in action:
        longest = int(action.get("max_length", prefix.prefixlen))
        kept.append(
            {"prefix": str(prefix), "asn": f"AS{int(action['origin_as'])}", "maxLength": longest, "ta": "check"}
        )
    return json.dumps({**served, "roas": kept}).encode()


def _read(space: NodeSpace, path: str) -> bytes:
    text = node_files.content(space.root, path.lstrip("/"), LARGEST)
    if text is None:
        raise NoRoas(f"{space.name}:{path} is not a file, or is larger than {LARGEST} bytes.")
    return text


def _write(space: NodeSpace, path: str, text: bytes) -> None:
    """Write the file in place: the cache opens it by its name, and reads again soon if it finds half of it."""
    try:
        handle = space.open(path, WRITE)
    except OSError as error:
        raise NoRoas(f"{space.name}:{path}: {error.strerror}.") from None
    with os.fdopen(handle, "wb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise NoRoas(f"{space.name}:{path} is not a file.")
        file.truncate(file.write(text))
