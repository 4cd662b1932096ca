"""Removes files below the state folder, where another account may put links. It uses descriptors and follows no link of theirs.

The worker may be root, so it names each file by the state folder and plain names below it.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
DEEPEST = 50  # folders inside each other; ours have one at most


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
                with os.scandir(inner) as found:
                    entries = [entry.name for entry in found]
                for entry in entries:
                    _remove(inner, entry, depth - 1)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=folder)
