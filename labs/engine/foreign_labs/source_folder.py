"""Reads a folder of somebody else: bounded sizes, no symbolic links, no path that leads out. Nothing in it is run."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

LARGEST_TEXT = 256 * 1024  # bytes
LARGEST_TOTAL = 4 * 1024 * 1024  # bytes that are read of one folder
MOST_FILES = 2000
DEEPEST = 12


class Refused(Exception):
    """A path of the folder is not read; the text says why."""


class SourceFolder:
    """A foreign folder. Paths are relative to it, with slashes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._left = LARGEST_TOTAL

    def has(self, path: str) -> bool:
        """Whether a regular file that may be read stands at PATH."""
        try:
            with self._opened(path):
                return True
        except Refused:
            return False

    def content(self, path: str) -> bytes:
        """Return the bytes of a file. Raises Refused."""
        with self._opened(path) as handle:
            found = _read_at_most(handle, LARGEST_TEXT + 1)
        if len(found) > LARGEST_TEXT:
            raise Refused(f"the file is larger than {LARGEST_TEXT // 1024} KB")
        self._left -= len(found)
        if self._left < 0:
            raise Refused(f"the files of the folder are larger than {LARGEST_TOTAL // 1024} KB together")
        return found

    def text(self, path: str) -> str:
        """Return a file of UTF-8. Raises Refused."""
        try:
            return self.content(path).decode()
        except UnicodeDecodeError as error:
            raise Refused("the file is not UTF-8") from error

    def files(self, under: str = "") -> Iterator[tuple[str, str]]:
        """Yield (path, reason why it is not read or "") of each file below a folder, in the order of their names."""
        seen = 0
        todo = [PurePosixPath(under)]
        while todo:
            folder = todo.pop()
            try:
                entries = sorted(os.scandir(self.root / folder), key=lambda entry: entry.name)
            except OSError:
                continue
            for entry in entries:
                seen += 1
                path = folder / entry.name
                if seen > MOST_FILES:
                    yield str(path), f"the folder has more than {MOST_FILES} files"
                    return
                if entry.is_symlink():
                    yield str(path), "symbolic links are not followed"
                elif entry.is_dir(follow_symlinks=False):
                    if len(path.parts) > DEEPEST:
                        yield str(path), f"the folder has more than {DEEPEST} levels"
                    else:
                        todo.append(path)
                elif entry.is_file(follow_symlinks=False):
                    yield str(path), ""
                else:
                    yield str(path), "it is not a regular file"

    @contextmanager
    def _opened(self, path: str) -> Iterator[int]:
        """Open a file step by step, so that no part of its path can be a symbolic link. Raises Refused."""
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts or "\0" in path:
            raise Refused("the path leads out of the folder")
        at = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in parts[:-1]:
                at = _step(at, part, os.O_DIRECTORY)
            at = _step(at, parts[-1], os.O_NONBLOCK)
            if not stat.S_ISREG(os.fstat(at).st_mode):
                raise Refused("it is not a regular file")
            yield at
        finally:
            os.close(at)


def _step(at: int, part: str, kind: int) -> int:
    """Open PART in the folder AT and close AT. Raises Refused, with AT still open."""
    try:
        found = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | kind, dir_fd=at)
    except OSError as error:
        is_link = _is_link(at, part)
        raise Refused("symbolic links are not followed" if is_link else os.strerror(error.errno or 0)) from error
    os.close(at)
    return found


def _is_link(at: int, part: str) -> bool:
    try:
        return stat.S_ISLNK(os.stat(part, dir_fd=at, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _read_at_most(handle: int, most: int) -> bytes:
    chunks, left = [], most
    while left and (chunk := os.read(handle, left)):
        chunks.append(chunk)
        left -= len(chunk)
    return b"".join(chunks)
