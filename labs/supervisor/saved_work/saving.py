"""Save a learner's work: changed files, running configurations, networks and cables.

The format is in ``save_format``; ``restoring`` reads a save again.
"""

import base64
import json
import os
import re
import stat
import zlib
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from labs.engine.shared import pace
from labs.engine.shared.running_config import merge
from labs.supervisor import bird_files_as_read, node_files, syscalls
from labs.supervisor.asks import NoAnswer, answer, listing
from labs.supervisor.bird_files_as_read import BirdFiles
from labs.supervisor.cables import Cables
from labs.supervisor.network import Network
from labs.supervisor.node import NodeSpace
from labs.supervisor.saved_work import ip_batches, network_state
from labs.supervisor.saved_work.save_format import (
    DEEPEST,
    FORMAT,
    LAB_LARGEST,
    MOST_NAMES,
    PACKED_LARGEST,
    PASSING,
    learners,
    record,
)
from labs.supervisor.saved_work.traffic_control import TrafficControl

FILE_LARGEST = 4 << 20
FILES_LARGEST = 12 << 20  # bytes of the files of all nodes
NODE_LEAST = 1 << 20  # of these bytes, the share that no other node can take
PART_LARGEST = 256 << 10  # bytes of one part of a node's state, as JSON
TMP_LARGEST = 256 << 10  # bytes of a file in /tmp
MOST_LEFT = 40  # texts about what was left out
NO_STATE: dict[str, Any] = {"network": None, "frr": None, "loaded": {}, "tc": []}
SECONDS = pace.seconds(3.0)  # for one ask to a daemon
VTY = re.compile(r"([a-z0-9]{1,16})\.vty")
DOWN = re.compile(r"^(\w+)\s+\w+\s+\S+\s+down\b", re.MULTILINE)


class SavedLab(Protocol):
    """The parts of a lab that a save needs. The lab itself (labs.supervisor.lab) restores saves, so it is not imported here."""

    cables: Cables
    bird_files: BirdFiles

    def still(self) -> AbstractAsyncContextManager[Network]: ...

    def space(self, name: str) -> NodeSpace: ...


class Saving:
    """A save that is being written. ``left_out`` has a short text for each part that is not in it.

    NODES: save these only, and no cables; None: all.
    """

    def __init__(self, lab: SavedLab, nodes: Collection[str] | None = None) -> None:
        self.lab, self.nodes = lab, nodes
        self.left_out: list[str] = []
        self._size = 0

    async def packed(self) -> AsyncIterator[bytes]:
        """The compressed save, in pieces. Raises OSError when it is too large."""
        packer = zlib.compressobj(1)
        sent = 0
        async for made in self._records():
            piece = packer.compress(made)
            sent += len(piece)
            if sent > PACKED_LARGEST - (1 << 16):
                raise OSError(f"the work is larger than {PACKED_LARGEST >> 20} MB")
            if piece:
                yield piece
        yield packer.flush()

    async def _records(self) -> AsyncIterator[bytes]:
        async with self.lab.still() as network:
            yield record({"kind": "save", "format": FORMAT})
            names = [name for name in learners(network) if self.nodes is None or name in self.nodes]
            room = FileRoom(len(names))
            for name in names:
                async for made in self._node(network, name, room):
                    self._size += len(made)
                    if self._size > LAB_LARGEST:
                        raise OSError(f"the work is larger than {LAB_LARGEST >> 20} MB")
                    yield made
        if self.nodes is None:
            yield record({"kind": "cables"}, json.dumps(self.lab.cables.describe()).encode())

    async def _node(self, network: Network, name: str, room: "FileRoom") -> AsyncIterator[bytes]:
        space, spec = network.space(name), network.lab["nodes"][name]
        state: dict[str, Any] = {**NO_STATE, "daemons": [], "down": []}
        try:
            state["network"] = await network_state.read(space, spec["interfaces"], network.kept(name))
            for unknown in state["network"].pop("unknown"):
                self._leave(f"{name}: link {unknown}")
            tc = TrafficControl(space)
            state["tc"] = tc.items
            for what in tc.left_out:
                self._leave(f"{name}: {what}")
        except (ip_batches.Unreadable, NoAnswer, OSError, ValueError, KeyError) as error:
            state["network"] = None
            self._leave(f"{name}: network: {error}")
        if spec["kind"] == "frr":
            await self._frr(space, spec["daemons"], state)
        if bird_files_as_read.are_kept(spec):
            said = await answer({"ask": "bird", "node": name, "command": "show protocols"}, self.lab.space, SECONDS)
            state["down"] = DOWN.findall(said.get("output", ""))
            await self._bird(space, state)
        upper = os.open(space.base / "upper", node_files.FOLDER)
        try:
            files = FileRecords(name, upper, room.of_next_node())
            async for made in files.records():
                yield made
        finally:
            os.close(upper)
        room.left -= files.size
        for path in files.left_out:
            self._leave(f"{name}: {path}")
        state["whole"], state["left_out"] = files.whole, files.left_out
        for part in large_parts(state):
            state[part] = NO_STATE[part]
            self._leave(f"{name}: {part}: more than {PART_LARGEST >> 10} KB")
        yield record({"kind": "state", "node": name}, json.dumps(state).encode())

    async def _bird(self, space: NodeSpace, state: dict[str, Any]) -> None:
        """Save the files that BIRD has read, if they differ from its current files."""
        now = {path: content for path, (_, content) in bird_files_as_read.files_now(space).items()}
        read = await self.lab.bird_files.as_read(space)
        if read and read != now:
            state["loaded"] = {path: base64.b64encode(content).decode() for path, content in read.items()}
        if read is None:
            self._leave(f"{space.name}: the running configuration of BIRD: its files were changed after BIRD read them")

    async def _frr(self, space: NodeSpace, daemons: list[str], state: dict[str, Any]) -> None:
        """Save the running configuration of each FRR daemon."""
        found = {match[1] for name in listing(space, "/run/frr") if (match := VTY.fullmatch(name))}
        said = {}
        for daemon in sorted(found, key=lambda name: name != "zebra"):
            ask = {"ask": "vty", "node": space.name, "daemon": daemon, "commands": ["show running-config"]}
            told = await answer(ask, self.lab.space, SECONDS)
            if told["ok"]:
                said[daemon] = told["outputs"][0]
            elif told["kind"] != "refused" or daemon in daemons:
                self._leave(f"{space.name}: {daemon} does not answer")
        state["frr"], state["daemons"] = merge(list(said.values())) if said else None, sorted(said)

    def _leave(self, what: str) -> None:
        if len(self.left_out) < MOST_LEFT:
            self.left_out.append(what[:200])


def large_parts(state: Mapping[str, Any]) -> list[str]:
    """Return the names of the parts of a node's state that are too large for a save."""
    return [part for part in NO_STATE if len(json.dumps(state[part])) > PART_LARGEST]


@dataclass(slots=True)
class FileRoom:
    """The bytes that the records of files may still take. In a class lab, nobody can take those of all others."""

    nodes: int  # that follow
    left: int = FILES_LARGEST

    def of_next_node(self) -> int:
        """Return the bytes for the next node: all that is left, but for the share of those that follow."""
        least = min(NODE_LEAST, self.left // self.nodes)
        self.nodes -= 1
        return self.left - self.nodes * least


class FileRecords:
    """The records of the files of one node, ``most`` bytes together. ``size``: the bytes of those that there were so far."""

    def __init__(self, node: str, upper: int, most: int) -> None:
        self.node, self.upper, self.most = node, upper, most
        self.left_out: list[str] = []
        self.whole = True
        self.size = 0

    async def records(self) -> AsyncIterator[bytes]:
        walk = node_files.Walk(self.upper, skipped=PASSING, names=MOST_NAMES, depth=DEEPEST)
        async for path, status in walk:
            made = self._record(path, status)
            if made and self.size + len(made) > self.most:
                self._leave(path)
            elif made:
                self.size += len(made)
                yield made
        if walk.cut or len(self.left_out) >= MOST_LEFT:
            self.whole = False
            self.left_out.append(f"more than {MOST_NAMES} files, or folders deeper than {DEEPEST}")

    def _record(self, path: str, status: os.stat_result) -> bytes | None:
        head = {
            "node": self.node,
            "path": path,
            "mode": stat.S_IMODE(status.st_mode),
            "uid": status.st_uid,
            "gid": status.st_gid,
        }
        if stat.S_ISDIR(status.st_mode):
            return record({**head, "kind": "folder", "opaque": self._is_opaque(path)})
        if stat.S_ISLNK(status.st_mode):
            target = node_files.link_target(self.upper, path)
            return record({**head, "kind": "link"}, target) if target else None
        if stat.S_ISFIFO(status.st_mode):
            return record({**head, "kind": "pipe"})
        if node_files.is_removed(status):
            return record({**head, "kind": "gone"})
        if not stat.S_ISREG(status.st_mode):
            return None  # a socket is of no use without its program
        content = node_files.content(self.upper, path, TMP_LARGEST if path.startswith("tmp/") else FILE_LARGEST)
        if content is None:
            self._leave(path)
            return None
        return record({**head, "kind": "file", "mtime": status.st_mtime_ns}, content)

    def _leave(self, path: str) -> None:
        if len(self.left_out) < MOST_LEFT:
            self.left_out.append(path)

    def _is_opaque(self, path: str) -> bool:
        """Whether the folder hides the folder of the image with the same name."""
        try:
            handle = syscalls.open_below(self.upper, path, node_files.FOLDER)
        except OSError:
            return False
        try:
            return os.getxattr(handle, "user.overlay.opaque") == b"y"
        except OSError:
            return False
        finally:
            os.close(handle)
