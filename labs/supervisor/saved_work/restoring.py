"""Restore saved work into a lab that is being built, before anybody can type in it.

The learner could shape the save, so it is not trusted: each name is opened part by part below the node's root, and never through a
link. What cannot be restored is reported and skipped. No program of the learner's runs while the first files are written.
"""

import asyncio
import base64
import os
import re
import stat
from collections.abc import Collection, Mapping
from typing import Any

from labs.engine.shared import pace
from labs.supervisor import bird_files_as_read, daemons, node_files
from labs.supervisor.asks import NoAnswer
from labs.supervisor.daemon_sockets import bird_do
from labs.supervisor.network import Network
from labs.supervisor.node import NodeSpace
from labs.supervisor.saved_work import ip_batches, network_state, save_format, traffic_control

RUNNING = "run/vaka-running.conf"  # the configuration that FRR was running, whatever its file says
AGAIN_TIME = pace.seconds(20.0)  # seconds for the daemons and start commands of a node with saved work
MOST_TROUBLE = 40
MOST_REMOVED = 60_000  # names, when a folder of the image is removed
FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


# The parts of a node's state and their types; an older save lacks some
STATE: dict[str, type | tuple[type, ...]] = {
    "network": (dict, type(None)),
    "frr": (str, type(None)),
    "daemons": list,
    "down": list,
    "tc": list,
    "loaded": dict,
    "whole": bool,
    "left_out": list,
}
# The errors that the values of a forged save can raise, here or in the kernel
FORGED = (OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
TEXTS = ("daemons", "down", "left_out")  # lists of texts
DAEMON = re.compile(r"[a-z0-9]{1,16}")


def read_state(content: bytes) -> dict[str, Any]:
    """Read the state of a node. Raises NotASave unless each part has the right type."""
    state = save_format.json_object(content)
    for name, kind in STATE.items():
        if name in state and not isinstance(state[name], kind):
            raise save_format.NotASave(f"the state of a node has an invalid {name}")
    if any(not isinstance(text, str) for name in TEXTS for text in state.get(name, [])):
        raise save_format.NotASave("the state of a node has a list with something other than text")
    return state


class Work:
    """The saved work. ``trouble`` has a short text for each part that could not be restored. Raises NotASave.

    NODES: restore these only, and no cables; None: all. A copy for somebody else has none of the files of TYPED, which hold what
    its learner typed.
    """

    def __init__(
        self, packed: bytes, network: Network, nodes: Collection[str] | None = None, *, is_copy: bool = False
    ) -> None:
        self.trouble: list[str] = []
        self.cables: dict[str, Any] = {}
        self._is_copy = is_copy
        wanted = [name for name in save_format.learners(network) if nodes is None or name in nodes]
        self._files: dict[str, list[save_format.Record]] = {name: [] for name in wanted}
        self._states: dict[str, dict[str, Any]] = {}
        self._read_by_bird: dict[str, bird_files_as_read.Files] = {}
        most = 2 + len(save_format.learners(network)) * (save_format.MOST_NAMES + 1)
        for number, (head, content) in enumerate(save_format.records(packed, most)):
            kind, node = head.get("kind"), str(head.get("node"))
            if number == 0 and (kind, head.get("format")) != ("save", save_format.FORMAT):
                raise save_format.NotASave("it is from another version of Vaka")
            if kind == "cables":
                self.cables = save_format.json_object(content) if nodes is None else {}
            elif kind == "state" and node in self._files:
                self._states[node] = read_state(content)
                self._read_by_bird[node] = _bird_files(self._states[node].get("loaded", {}))
            elif node in self._files and len(self._files[node]) <= save_format.MOST_NAMES and self._is_kept(head):
                self._files[node].append((head, content))

    def _is_kept(self, head: Mapping[str, Any]) -> bool:
        path = f"{head.get('path')}/"
        return not (self._is_copy and any(path.startswith(f"{typed}/") for typed in node_files.TYPED))

    def of(self, name: str) -> dict[str, Any] | None:
        """The saved state of a node; None if nothing of it was saved."""
        return self._states.get(name)

    async def start_again(
        self, space: NodeSpace, spec: Mapping[str, Any], read_files: bird_files_as_read.BirdFiles
    ) -> None:
        """Start a node with its saved work. What its learner has broken stays broken, and does not fail the lab.

        READ_FILES: what each BIRD of the lab has read.
        """
        try:
            status = await daemons.start(space, self.spec(space.name, spec), AGAIN_TIME)
        except (daemons.NotStarted, OSError) as error:
            self.say(str(error))
            return
        if status:
            self.say(f"{space.name}: its start script ended with status {status}: {daemons.start_log(space)}")
        await self._disable_protocols(space)
        if bird_files_as_read.are_kept(spec):
            await read_files.as_read(space, self.read_by_bird(space.name))

    def spec(self, name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
        """The description for starting the node again: with the daemons that ran, and their configuration from RUNNING."""
        state = self._states.get(name) or {}
        extra = [
            daemon for daemon in state.get("daemons", []) if daemon not in spec["daemons"] and DAEMON.fullmatch(daemon)
        ]
        running = f"/{RUNNING}" if state.get("frr") else ""
        return {**spec, "daemons": [*spec["daemons"], *extra], "running": running, "again": True}

    def read_by_bird(self, name: str) -> bird_files_as_read.Files:
        """The files that BIRD had read, if they differ from its current files."""
        return self._read_by_bird.get(name, {})

    def write_files(self, network: Network, *, again: bool = False) -> None:
        """Restore the files of each node. AGAIN: a second time, after the start commands, which may have overwritten some."""
        for name, records in self._files.items():
            state = self._states.get(name)
            if state is None:
                continue
            files = FileWriter(network.space(name), again=again)
            try:
                if state.get("whole"):
                    files.keep_only({str(head.get("path")) for head, _ in records} | set(state.get("left_out", [])))
                for head, content in records:
                    files.put(head, content)
                # BIRD reads these first; the second time, the files become as edited
                for path, read in ({} if again else self.read_by_bird(name)).items():
                    files.put({"kind": "file", "path": path, "mode": 0o644}, read)
                if state.get("frr") and not again:
                    files.put({"kind": "file", "path": RUNNING, "mode": 0o600, "own": True}, str(state["frr"]).encode())
            finally:
                files.close()
            self.say(*files.trouble)

    async def bring_back_networks(self, network: Network, *, again: bool = False) -> None:
        """Restore the networks of all nodes in parallel.

        AGAIN: a second time, after the start commands. They may have changed the networks, or made interfaces that were missing
        the first time, so only the second time says what could not be restored.
        """
        found = await asyncio.gather(*(self._bring_back_network(network, name) for name in self._states))
        for trouble in found if again else ():
            self.say(*trouble)

    async def _bring_back_network(self, network: Network, name: str) -> list[str]:
        """Restore the network of one node. Returns a short text for each part that could not be restored."""
        state = self._states[name].get("network")
        if state is None:
            return []
        try:
            return await network_state.bring_back(network.space(name), state, network.lab["nodes"][name]["interfaces"])
        except (ip_batches.Unreadable, NoAnswer, *FORGED) as error:
            return [f"{name}: network: {error}"]

    def bring_back_queues(self, network: Network) -> None:
        """Restore traffic control. It follows the cables, because a learner may have replaced the queue of a cable."""
        for name, state in self._states.items():
            try:
                self.say(
                    *(
                        f"{name}: {text}"
                        for text in traffic_control.bring_back(network.space(name), state.get("tc", []))
                    )
                )
            except FORGED as error:
                self.say(f"{name}: tc: {error}")

    async def _disable_protocols(self, space: NodeSpace) -> None:
        """Disable the protocols of BIRD that were disabled."""
        for protocol in self._states[space.name].get("down", [])[:64]:
            if str(protocol).isidentifier():
                try:
                    await bird_do(space, f"disable {protocol}")
                except (NoAnswer, OSError) as error:
                    self.say(f"{space.name}: {error}")

    def say(self, *trouble: str) -> None:
        self.trouble += [text[:200] for text in trouble[: MOST_TROUBLE - len(self.trouble)]]


def _bird_files(kept: Mapping[str, Any]) -> bird_files_as_read.Files:
    try:
        return {
            path: base64.b64decode(content)
            for path, content in list(kept.items())[: bird_files_as_read.MOST]
            if path.startswith(f"{bird_files_as_read.FOLDER}/")
        }
    except (ValueError, TypeError):
        raise save_format.NotASave("the state of a node has an invalid file of BIRD") from None


class FileWriter:
    """Writes files into one node, below the root that the node sees."""

    def __init__(self, space: NodeSpace, *, again: bool) -> None:
        self.space, self.again = space, again
        self.trouble: list[str] = []
        self._root = space.open("/", FOLDER)
        self._upper = os.open(space.base / "upper", node_files.FOLDER)
        self._removed = 0

    def close(self) -> None:
        os.close(self._root)
        os.close(self._upper)

    def keep_only(self, wanted: set[str]) -> None:
        """Remove the files that were not saved: start files of the lab that the learner had removed."""
        walk = node_files.Walk(
            self._upper, skipped=save_format.PASSING, names=save_format.MOST_NAMES, depth=save_format.DEEPEST
        )
        found = [name for name, status in walk.now() if not node_files.is_removed(status) and name not in wanted]
        for name in reversed(found):  # the content of a folder before the folder
            self._try(name, self._remove)

    def put(self, head: Mapping[str, Any], content: bytes) -> None:
        path = str(head.get("path"))
        parts = path.split("/")
        passing = any("/".join(parts[:depth]) in save_format.PASSING for depth in range(1, len(parts) + 1))
        if not path or any(part in ("", ".", "..") for part in parts) or (passing and not head.get("own")):
            return
        if len(parts) > save_format.DEEPEST + 1:
            return
        self._try(path, lambda folder, name: self._put(folder, name, head, content))

    def _try(self, path: str, do: Any) -> None:
        try:
            folder = self._folder(path.split("/")[:-1])
            try:
                do(folder, path.rsplit("/", 1)[-1])
            finally:
                os.close(folder)
        except FORGED as error:
            if len(self.trouble) < MOST_TROUBLE:
                self.trouble.append(f"{self.space.name}: {path}: {error}")

    def _folder(self, parts: list[str]) -> int:
        folder = os.dup(self._root)
        for part in parts:
            inner = os.open(part, FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        return folder

    def _put(self, folder: int, name: str, head: Mapping[str, Any], content: bytes) -> None:
        there = _status(folder, name)
        kind, mode = head.get("kind"), int(head.get("mode", 0o644)) & 0o7777
        uid, gid = int(head.get("uid", 0)) & 0xFFFF, int(head.get("gid", 0)) & 0xFFFF
        if kind == "folder":
            if there and (not stat.S_ISDIR(there.st_mode) or (head.get("opaque") and not self.again)):
                self._remove(folder, name)
                there = None
            if not there:
                os.mkdir(name, 0o700, dir_fd=folder)
            _give(folder, name, node_files.FOLDER, uid, gid, mode)
        elif kind == "file":
            self._put_file(folder, name, there, head, content)
        elif kind == "link":
            if there and stat.S_ISLNK(there.st_mode) and os.readlink(os.fsencode(name), dir_fd=folder) == content:
                return
            self._remove(folder, name)
            os.symlink(content, os.fsencode(name), dir_fd=folder)
            os.chown(name, uid, gid, dir_fd=folder, follow_symlinks=False)
        elif kind == "pipe":
            if not (there and stat.S_ISFIFO(there.st_mode)):
                self._remove(folder, name)
                os.mkfifo(name, mode, dir_fd=folder)
        elif kind == "gone":
            self._remove(folder, name)

    def _put_file(
        self, folder: int, name: str, there: os.stat_result | None, head: Mapping[str, Any], content: bytes
    ) -> None:
        mtime = int(head.get("mtime", 0))
        if there and stat.S_ISREG(there.st_mode) and (there.st_size, there.st_mtime_ns) == (len(content), mtime):
            return
        self._remove(folder, name)
        handle = os.open(name, NEW, 0o600, dir_fd=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchown(handle, int(head.get("uid", 0)) & 0xFFFF, int(head.get("gid", 0)) & 0xFFFF)
            os.fchmod(handle, int(head.get("mode", 0o644)) & 0o7777)
            if mtime:
                os.utime(handle, ns=(mtime, mtime))

    def _remove(self, folder: int, name: str) -> None:
        """Remove a file, or a folder with its content. Links are removed and never followed."""
        there = _status(folder, name)
        if there is None:
            return
        self._removed += 1
        if self._removed > MOST_REMOVED:
            raise ValueError("there are too many files to remove")
        if not stat.S_ISDIR(there.st_mode):
            os.unlink(name, dir_fd=folder)
            return
        inner = os.open(name, node_files.FOLDER, dir_fd=folder)
        try:
            for other in os.listdir(inner):
                self._remove(inner, other)
        finally:
            os.close(inner)
        os.rmdir(name, dir_fd=folder)


def _status(folder: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _give(folder: int, name: str, flags: int, uid: int, gid: int, mode: int) -> None:
    handle = os.open(name, flags, dir_fd=folder)
    try:
        os.fchown(handle, uid, gid)
        os.fchmod(handle, mode)
    finally:
        os.close(handle)
