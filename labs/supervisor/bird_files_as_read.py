"""The configuration files as BIRD read them when it was last configured, even if they were edited since.

BIRD does not show its configuration. But BIRD says when it read its files, and the kernel says when each file was changed. So the
supervisor reads the files soon after somebody pressed Enter, while they are still what BIRD has read, and remembers them.
"""

import asyncio
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from labs.engine.shared import pace
from labs.supervisor import node_files
from labs.supervisor.asks import answer, listing
from labs.supervisor.node import NodeSpace

FOLDER = "etc/bird"
SOON = 1.0  # seconds after Enter, when the command has taken effect
SECONDS = pace.seconds(2.0)
MOST, LARGEST = 32, 256 * 1024  # number of files, and bytes of one
READ = re.compile(r"Last reconfiguration on (\d+-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?)")

Files = dict[str, bytes]


def are_kept(spec: Mapping[str, Any]) -> bool:
    """Whether the files of this node are remembered as BIRD has read them: it runs BIRD, and its learner may edit them."""
    return spec.get("kind") == "bird" and bool(spec["learner"])


class BirdFiles:
    """The files that each BIRD has read, by node; None where they were changed before we read them."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[str, Files | None]] = {}
        self._coming: dict[str, asyncio.Task[None]] = {}

    def soon(self, space: NodeSpace) -> None:
        """Read the files of a node soon, because somebody has typed there."""
        if space.name not in self._coming:
            task = self._coming[space.name] = asyncio.create_task(self._later(space))
            task.add_done_callback(lambda _: self._coming.pop(space.name, None))

    async def _later(self, space: NodeSpace) -> None:
        await asyncio.sleep(SOON)
        await self.as_read(space)

    async def as_read(self, space: NodeSpace, known: Files | None = None) -> Files | None:
        """The files as BIRD has read them: empty if BIRD does not run, None if they are not known.

        KNOWN are the files that BIRD was just given to read.
        """
        said = await answer({"ask": "bird", "node": space.name, "command": "show status"}, lambda _: space, SECONDS)
        found = READ.search(said.get("output", ""))
        if not found:
            return {}
        if found[1] != self._read.get(space.name, ("", None))[0]:
            self._read[space.name] = found[1], known or _unchanged_since(space, found[1])
        return self._read[space.name][1]

    def forget(self, node: str) -> None:
        """Forget a node that is being reset."""
        self._read.pop(node, None)


def _unchanged_since(space: NodeSpace, moment: str) -> Files | None:
    """The files, if none was changed after this moment; otherwise None."""
    try:
        read = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()  # labs run in UTC
    except ValueError:  # the answer may come from a program of the learner's
        return None
    files = files_now(space)
    return (
        {path: content for path, (_, content) in files.items()} if all(at <= read for at, _ in files.values()) else None
    )


def files_now(space: NodeSpace) -> Mapping[str, tuple[float, bytes]]:
    """BIRD's regular files by path, each with the time of its last change and its content. Large files are skipped."""
    found: dict[str, tuple[float, bytes]] = {}
    for name in listing(space, FOLDER)[:MOST]:
        try:
            handle = space.open(f"{FOLDER}/{name}", os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            changed = os.fstat(handle).st_ctime
            content = node_files.read_regular(handle, LARGEST)
        finally:
            os.close(handle)
        if content is not None:
            found[f"{FOLDER}/{name}"] = changed, content
    return found
