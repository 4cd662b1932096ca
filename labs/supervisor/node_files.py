"""Walk and read the files of a node, mostly the upper folder of its overlay: the files that differ from the image.

The learner owns every name and byte there, and may change them while we read. So the walk goes down by descriptors and never
through a link, reads regular files only, and is bounded in names, depth and bytes.
"""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Collection, Iterator

from labs.supervisor import syscalls

READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_NOFOLLOW | os.O_CLOEXEC
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Mounts, and files that a computer loses or creates again when it starts
PASSING = frozenset({"run", "tmp", "dev", "proc", "sys", "var/log", "var/tmp", "var/cache", "var/lib/frr"})

# What shells, pagers and editors keep for themselves: it is nobody's work, and holds what a person typed
TYPED = frozenset(
    f"root/{name}"
    for name in (".bash_history", ".history_frr", ".lesshst", ".viminfo", ".python_history", ".cache", ".wget-hsts")
)


class Walk:
    """The names below the folder UPPER (a descriptor) with their status; a folder comes before its content.

    ``cut`` says that the walk has reached a limit, so that names are missing.
    """

    def __init__(self, upper: int, *, skipped: Collection[str] = PASSING, names: int, depth: int) -> None:
        self.upper, self.skipped, self.names, self.depth = upper, skipped, names, depth
        self.cut = False
        self._looked_at = 0

    async def __aiter__(self) -> AsyncIterator[tuple[str, os.stat_result]]:
        before = ""
        for name, status in self.now():
            folder = name.rpartition("/")[0]
            if folder != before:
                before = folder
                await asyncio.sleep(0)  # let other tasks run
            yield name, status

    def now(self) -> Iterator[tuple[str, os.stat_result]]:
        folders = [""]
        while folders:
            for name, status in self._entries(folders.pop(0)):
                if name in self.skipped:
                    continue
                yield name, status
                if not stat.S_ISDIR(status.st_mode):
                    continue
                if name.count("/") < self.depth:
                    folders.append(name)
                else:
                    self.cut = True

    def _entries(self, folder: str) -> Iterator[tuple[str, os.stat_result]]:
        try:
            opened = syscalls.open_below(self.upper, folder or ".", FOLDER)
        except OSError:
            return  # it was removed or replaced since its name was read
        try:
            with os.scandir(opened) as entries:
                for entry in entries:
                    self._looked_at += 1
                    if self._looked_at > self.names:
                        self.cut = True
                        return
                    try:
                        status = os.stat(entry.name, dir_fd=opened, follow_symlinks=False)
                    except OSError:
                        continue
                    yield f"{folder}/{entry.name}" if folder else entry.name, status
        finally:
            os.close(opened)


def is_removed(status: os.stat_result) -> bool:
    """Whether this is the mark of overlayfs for a removed name of the image."""
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == 0


def content(root: int, name: str, most: int) -> bytes | None:
    """The bytes of a regular file below ROOT; None if it is no regular file, cannot be read, or has more than MOST bytes."""
    try:
        handle = syscalls.open_below(root, name, READ)
    except OSError:
        return None
    try:
        return read_regular(handle, most)
    except OSError:
        return None
    finally:
        os.close(handle)


def read_regular(handle: int, most: int) -> bytes | None:
    """The bytes of an open file; None unless it is a regular file of at most MOST bytes. Raises OSError.

    Not by os.fdopen: it raises at a folder, and leaves the descriptor open.
    """
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode) or status.st_size > most:
        return None
    pieces = bytearray()
    while len(pieces) <= most and (piece := os.read(handle, most + 1 - len(pieces))):
        pieces += piece
    return bytes(pieces) if len(pieces) <= most else None


def link_target(root: int, name: str) -> bytes | None:
    """The target of a symbolic link, which is not followed; None if it is no link."""
    try:
        handle = syscalls.open_below(root, name, os.O_PATH | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        return os.readlink(b"", dir_fd=handle)
    except OSError:
        return None
    finally:
        os.close(handle)
