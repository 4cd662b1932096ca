"""Removes files below the state folder, where another account may put links. It uses descriptors and follows no link.

The worker may be root, so it names each file by the state folder and plain names below it.
"""

import os
from pathlib import Path

from django.conf import settings

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove(*names: str) -> None:
    """Remove a file, a link, or a folder with all in it: ``remove("saves", "7")``. A missing file counts as removed.

    Raises OSError if a folder on the way is a link, or if it cannot be removed.
    """
    for name in names:
        if name in ("", ".", "..") or "/" in name:
            raise ValueError(f"{name!r} is not a plain name.")
    folder = os.open(Path(settings.STATE_DIR), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in names[:-1]:
            inner = os.open(name, FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        _remove(folder, names[-1])
    except FileNotFoundError:
        return
    finally:
        os.close(folder)


def _remove(folder: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
    except IsADirectoryError:
        inner = os.open(name, FOLDER, dir_fd=folder)
        try:
            with os.scandir(inner) as found:
                entries = [entry.name for entry in found]
            for entry in entries:
                _remove(inner, entry)
        finally:
            os.close(inner)
        os.rmdir(name, dir_fd=folder)
