"""The ask "changes": the files of a node that its learner has changed or removed, one page at a time."""

import asyncio
import base64
import os
import stat
from collections.abc import Mapping
from typing import Any

from labs.supervisor import node_files
from labs.supervisor.asks import Answer, answers
from labs.supervisor.node import IMAGE, NodeSpace

SKIPPED = node_files.PASSING | node_files.TYPED
MOST_FILES = 200
MOST_NAMES = 4000  # names that are examined; a node's disk can hold more
DEEPEST = 12
FILE_LARGEST = 256 * 1024
PAGE_LARGEST = 512 * 1024  # bytes of content in one answer, which must fit into one frame as base64


@answers("changes")
async def _changes(space: NodeSpace, ask: Mapping[str, Any], _: object) -> Answer:
    """A page of the changed files, sorted by name, that follow the file ``after``. ``more`` says that there is another page."""
    upper, image = os.open(space.base / "upper", node_files.FOLDER), os.open(IMAGE, node_files.FOLDER)
    try:
        listing = _Listing(upper)
        await listing.read()
        files: list[Answer] = []
        size = 0
        names = [name for name in sorted(listing.files) if name > str(ask.get("after", ""))]
        for name in names:
            content, whole = (node_files.content(folder, name, FILE_LARGEST) for folder in (upper, image))
            size += len(content or b"") + len(whole or b"")
            if files and size > PAGE_LARGEST:
                break
            files.append({"path": name, "size": listing.files[name], "content": _text(content), "was": _text(whole)})
            await asyncio.sleep(0)  # let other tasks run
        removed = [
            name for name in sorted(listing.removed) if node_files.content(image, name, FILE_LARGEST) is not None
        ]
        return {"files": files, "more": len(files) < len(names), "removed": removed, "truncated": listing.truncated}
    finally:
        os.close(upper)
        os.close(image)


class _Listing:
    """The names below the upper folder: regular files with their sizes, and names that were removed from the image."""

    def __init__(self, upper: int) -> None:
        self.files: dict[str, int] = {}
        self.removed: set[str] = set()
        self.truncated = False
        self._walk = node_files.Walk(upper, skipped=SKIPPED, names=MOST_NAMES, depth=DEEPEST)

    async def read(self) -> None:
        async for name, status in self._walk:
            if stat.S_ISREG(status.st_mode):
                self._add(name, status.st_size)
            elif node_files.is_removed(status) and len(self.removed) < MOST_FILES:
                self.removed.add(name)
        self.truncated = self.truncated or self._walk.cut

    def _add(self, name: str, size: int) -> None:
        if len(self.files) < MOST_FILES:
            self.files[name] = size
        else:
            self.truncated = True


def _text(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()
