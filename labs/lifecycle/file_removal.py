"""Lists and removes files below the state folder, where another account may put links. It follows no link of theirs.

The worker may be root, so it uses descriptors, and names each file by the state folder and plain names below it.
"""

import errno
import logging
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

logger = logging.getLogger(__name__)

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
DEEPEST = 50  # folders inside each other; ours have one at most


@dataclass(frozen=True, slots=True)
class Entry:
    """A file, a folder or a link, described itself and not what a link leads to. ``names`` are those that ``remove`` takes."""

    names: tuple[str, ...]
    size: int  # bytes
    modified: float  # seconds since 1970
    is_folder: bool


def entries(*names: str) -> list[Entry]:
    """Return what is in a folder, without what vanishes meanwhile. A missing folder is empty. Raises OSError."""
    found = []
    with suppress(FileNotFoundError), opened(*names) as folder:
        for name in _listed(folder):
            with suppress(FileNotFoundError):
                there = os.lstat(name, dir_fd=folder)
                is_folder = stat.S_ISDIR(there.st_mode)
                found.append(Entry((*names, name), there.st_size, there.st_mtime, is_folder))
    return found


def try_to_remove(*names: str) -> bool:
    """Remove as ``remove`` does. If that fails, log why and return False, so that one file keeps no other."""
    try:
        remove(*names)
    except OSError as error:
        logger.warning("%s could not be removed: %s", "/".join(names), error)
        return False
    return True


def remove(*names: str) -> None:
    """Remove a file, a link, or a folder with all in it: ``remove("saves", "7")``. A missing file counts as removed.

    Raises OSError if a folder on the way may not be followed, or if something cannot be removed.
    """
    _must_be_plain(names[-1])
    with suppress(FileNotFoundError), opened(*names[:-1]) as folder:
        _remove(folder, names[-1], DEEPEST)


@contextmanager
def opened(*names: str) -> Iterator[int]:
    """Yield the descriptor of a folder below the state folder. Raises OSError.

    A folder of the state folder itself may be a link of root's or of this process's account, for example to keep saves on
    another disk: no other account can put one there. Deeper folders belong to accounts, and no link is followed.
    """
    folder = os.open(Path(settings.STATE_DIR), FOLDER)
    try:
        for depth, name in enumerate(names):
            _must_be_plain(name)
            inner = _linked(folder, name) if depth == 0 else None
            if inner is None:
                inner = os.open(name, FOLDER | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


def _must_be_plain(name: str) -> None:
    if name in ("", ".", "..") or "/" in name:
        raise ValueError(f"{name!r} is not a plain name.")


def _linked(folder: int, name: str) -> int | None:
    """Open the folder to which a link leads that we may follow; None for anything else."""
    there = os.lstat(name, dir_fd=folder)
    if not stat.S_ISLNK(there.st_mode) or there.st_uid not in (0, os.geteuid()):
        return None
    try:
        return os.open(name, FOLDER, dir_fd=folder)
    except FileNotFoundError:  # its files are not gone: the other disk is not mounted
        raise NotADirectoryError(errno.ENOTDIR, "The link leads to no folder", name) from None


def _remove(folder: int, name: str, depth: int) -> None:
    with suppress(FileNotFoundError):  # this entry, and not the others beside it
        try:
            os.unlink(name, dir_fd=folder)
        except IsADirectoryError:
            if not depth:
                raise OSError(errno.ELOOP, "Too many folders are inside each other", name) from None
            inner = os.open(name, FOLDER | os.O_NOFOLLOW, dir_fd=folder)
            try:
                for entry in _listed(inner):
                    _remove(inner, entry, depth - 1)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=folder)


def _listed(folder: int) -> list[str]:
    with os.scandir(folder) as found:
        return [entry.name for entry in found]
