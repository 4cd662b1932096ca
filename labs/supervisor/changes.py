"""What the files of a node have become: the upper folder of its overlay holds all that is not as in the image.

The learner owns every name and byte here, and may change them while we read. So the walk goes down by descriptors and never
through a link, looks at regular files only, and is bounded in names, depth and bytes.
"""

import asyncio
import base64
import os
import stat
from collections.abc import Iterator, Mapping
from typing import Any

from labs.supervisor import kernel
from labs.supervisor.asks import Answer, ask
from labs.supervisor.node import NodeSpace

IMAGE = "/rootfs"  # what every node begins with
SKIPPED = {"run", "tmp", "dev", "proc", "sys", "var/log", "var/tmp", "var/cache", "var/lib/frr"}
SKIPPED |= {  # what shells, pagers and editors keep for themselves: nobody's work
    f"root/{name}"
    for name in (".bash_history", ".history_frr", ".lesshst", ".viminfo", ".python_history", ".cache", ".wget-hsts")
}
MOST_FILES = 200
MOST_NAMES = 4000  # looked at; a node's disk has room for more
DEEPEST = 12
FILE_LARGEST = 256 * 1024
PAGE_LARGEST = 512 * 1024  # bytes of content in one answer, which must fit into a frame when it is base64
READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_NOFOLLOW | os.O_CLOEXEC
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@ask("changes")
async def _changes(space: NodeSpace, question: Mapping[str, Any], _: object) -> Answer:
    """A page of the changed files, by name, after the file ``after``; ``more`` says that there are others."""
    upper, image = os.open(space.base / "upper", FOLDER), os.open(IMAGE, FOLDER)
    try:
        listing = _Listing(upper)
        await listing.read()
        files: list[Answer] = []
        size = 0
        names = [name for name in sorted(listing.files) if name > str(question.get("after", ""))]
        for name in names:
            content, whole = _content(upper, name), _content(image, name)
            size += len(content or b"") + len(whole or b"")
            if files and size > PAGE_LARGEST:
                break
            files.append({"path": name, "size": listing.files[name], "content": _text(content), "was": _text(whole)})
            await asyncio.sleep(0)  # others wait, too
        removed = [name for name in sorted(listing.removed) if _content(image, name) is not None]
        return {"files": files, "more": len(files) < len(names), "removed": removed, "truncated": listing.truncated}
    finally:
        os.close(upper)
        os.close(image)


class _Listing:
    """The names below the upper folder: regular files with their sizes, and what was removed from the image."""

    def __init__(self, upper: int) -> None:
        self.upper = upper
        self.files: dict[str, int] = {}
        self.removed: set[str] = set()
        self.truncated = False
        self._looked_at = 0

    async def read(self) -> None:
        folders = [""]
        while folders:
            folder = folders.pop(0)
            for name, status in self._entries(folder):
                if name in SKIPPED:
                    continue
                if stat.S_ISDIR(status.st_mode) and name.count("/") < DEEPEST:
                    folders.append(name)
                elif stat.S_ISREG(status.st_mode):
                    self._add(name, status.st_size)
                elif stat.S_ISCHR(status.st_mode) and status.st_rdev == 0 and len(self.removed) < MOST_FILES:
                    self.removed.add(name)  # overlayfs notes so that a file of the image is gone
            await asyncio.sleep(0)

    def _add(self, name: str, size: int) -> None:
        if len(self.files) < MOST_FILES:
            self.files[name] = size
        else:
            self.truncated = True

    def _entries(self, folder: str) -> Iterator[tuple[str, os.stat_result]]:
        try:
            opened = kernel.open_below(self.upper, folder or ".", FOLDER)
        except OSError:
            return  # gone since its name was read, or no folder any more
        try:
            with os.scandir(opened) as entries:
                for entry in entries:
                    self._looked_at += 1
                    if self._looked_at > MOST_NAMES:
                        self.truncated = True
                        return
                    try:
                        status = os.stat(entry.name, dir_fd=opened, follow_symlinks=False)
                    except OSError:
                        continue
                    yield f"{folder}/{entry.name}" if folder else entry.name, status
        finally:
            os.close(opened)


def _content(root: int, name: str) -> bytes | None:
    """The bytes of a regular file below ROOT; None when it is none, cannot be read, or is too large."""
    try:
        handle = kernel.open_below(root, name, READ)
    except OSError:
        return None
    with os.fdopen(handle, "rb", buffering=0) as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_size > FILE_LARGEST:
            return None
        content = file.read(FILE_LARGEST + 1) or b""
    return content if len(content) <= FILE_LARGEST else None


def _text(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()
