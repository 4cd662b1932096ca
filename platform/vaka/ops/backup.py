"""``manage.py backup``: all data of a site in one file, made while people work. ``vaka.ops.restore`` reads it.

The file is a tar archive, packed with gzip. Its first entry ``backup.json`` says what it is; then come the database and the files
of FILES and FOLDERS. The database is copied first: a file that is made later belongs to no row, and does no harm.
"""

import io
import json
import os
import stat
import tarfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from vaka.ops import database_dump, privileges, state_folder, system_accounts
from vaka.ops.errors import CannotStart

FORMAT = 1
HEAD = "backup.json"
FILES = ("secret_key", "site_id")
FOLDERS = ("credentials", "labs", "media", "saves")
LARGEST = 1 << 30  # bytes of one file; a save has at most 12 MB


@dataclass(slots=True)
class Written:
    """The content of a backup: how many files, how many bytes, and the paths that were left out."""

    files: int = 0
    size: int = 0
    left_out: list[str] = field(default_factory=list)


def write(file: Path, state: Path) -> Written:
    """Write the backup of the site in the folder STATE. Raises CannotStart. A file that exists is never overwritten."""
    file = file.absolute()
    if file.exists():
        raise CannotStart(f"{file} exists already. Choose another name, for example with the date.")
    accounts = system_accounts.unprivileged(os.geteuid())
    part = f".{file.name}.{token_hex(4)}"
    try:
        folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        packed = os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder), "wb")
    except OSError as error:
        raise CannotStart(f"Nothing can be written to {file.parent}: {error.strerror}.") from None
    try:
        if accounts:
            privileges.make_reachable(accounts)  # after this, the folder may be visible by its descriptor only
        with packed:
            written = _pack(packed, state, accounts)
            packed.flush()
            os.fsync(packed.fileno())
            written.size = packed.tell()
        os.link(part, file.name, src_dir_fd=folder, dst_dir_fd=folder)  # unlike a rename, it overwrites nothing
    except OSError as error:
        raise CannotStart(f"The backup could not be written: {error.strerror}. {file} was not made.") from None
    finally:
        with suppress(FileNotFoundError):
            os.unlink(part, dir_fd=folder)
        os.close(folder)
    return written


def _pack(packed: io.BufferedWriter, state: Path, accounts: system_accounts.Accounts | None) -> Written:
    written = Written()
    dump = database_dump.make(state, accounts.site if accounts else None)
    with dump.file as database:
        head = {
            "format": FORMAT,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "database": database_dump.name(),
            "migrations": sorted(dump.migrations),
        }
        with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=6) as archive:
            text = json.dumps(head, indent=1).encode()
            archive.addfile(_entry(HEAD, len(text)), io.BytesIO(text))
            database.seek(0)
            archive.addfile(_entry(database_dump.name(), os.fstat(database.fileno()).st_size), database)
            for path, content, mode in _files(state, written):
                archive.addfile(_entry(path, len(content), mode), io.BytesIO(content))
                written.files += 1
    return written


def _entry(path: str, size: int, mode: int = 0o640) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode, entry.mtime = size, mode & 0o750, int(time.time())
    return entry


def _files(state: Path, written: Written) -> Iterator[tuple[str, bytes, int]]:
    """Yield each file with its content and its mode. An account can place links in its folders: none is followed."""
    with state_folder.opened(state) as here:
        for name in FILES:
            if (found := _content(name, here)) is not None:
                yield name, *found
    for name in FOLDERS:
        if not (state / name).exists():
            continue
        with state_folder.opened(state / name) as top:
            for path, _folders, names, here in os.fwalk(".", dir_fd=top, follow_symlinks=False):
                for one in sorted(names):
                    at = str(Path(name, path, one))
                    if (found := _content(one, here)) is not None:
                        yield at, *found
                    elif _is_there(one, here):
                        written.left_out.append(at)


def _is_there(name: str, folder: int) -> bool:
    with suppress(FileNotFoundError):
        return bool(os.stat(name, dir_fd=folder, follow_symlinks=False))
    return False


def _content(name: str, folder: int) -> tuple[bytes, int] | None:
    """Return what a regular file has, and its mode; None for anything else, and for a file that was removed meanwhile."""
    with (
        suppress(OSError),
        os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder), "rb") as file,
    ):
        there = os.fstat(file.fileno())
        # A second hard link may be a file of root, which an account must not get to read
        if stat.S_ISREG(there.st_mode) and there.st_nlink == 1 and there.st_size <= LARGEST:
            return file.read(), there.st_mode
    return None
