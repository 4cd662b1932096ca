"""``manage.py restore``: puts a backup (``vaka.ops.backup``) into the state folder of a site that does not run.

Nothing is lost: what was in the folder before is moved into a folder of its own beside it. Everything is read, checked and unpacked
before the first file is moved.
"""

import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from vaka.ops import database_dump, site_lock
from vaka.ops.backup import FILES, FOLDERS, FORMAT, HEAD
from vaka.ops.errors import CannotStart

DATABASE = "database"
LARGEST_HEAD = 1 << 20  # bytes
SPARE = 64 << 20  # bytes that must stay free on the disk


@dataclass(frozen=True, slots=True)
class Restored:
    made_at: str
    files: int
    before: Path | None  # where the data are that were in the state folder; None: there were none


def read(file: Path, state: Path) -> Restored:
    """Put the backup in place. Raises CannotStart if it cannot be used, or if the site runs; then nothing was changed."""
    with site_lock.take(state):
        database = Path(settings.DATABASES["default"]["NAME"])
        if database_dump.is_sqlite() and database.resolve() != (state / DATABASE / "db.sqlite3").resolve():
            raise CannotStart(
                f"DATABASE_URL names {database}, which is not in the state folder. Unset it and restore. Then remove "
                f"{database}-wal and {database}-shm, move {state / DATABASE / 'db.sqlite3'} to {database}, and set it again."
            )
        if not database_dump.is_sqlite():
            database_dump.must_be_empty()
        new = Path(tempfile.mkdtemp(prefix="restored-", dir=state))
        try:
            with _opened(file) as archive:
                head = _head(archive, file)
                files = _unpack(archive, new, state)
            dump = new / str(head["database"])
            if not dump.exists():
                raise CannotStart(f"{file} has no database. Take another backup.")
            if database_dump.is_sqlite():
                database_dump.must_be_whole(dump)
                (new / DATABASE).mkdir(mode=0o700)
                dump.rename(new / DATABASE / "db.sqlite3")
            else:
                database_dump.load(dump)
                dump.unlink()
            before = _exchange(new, state)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    return Restored(str(head["made_at"]), files, before)


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, "r:gz") as archive:
            yield archive
    except (tarfile.TarError, EOFError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise CannotStart(f"{file} is not a whole backup of Vaka: {error}. Take another one.") from None
    except OSError as error:
        raise CannotStart(f"{file} could not be restored: {error.strerror or error}. Nothing was changed.") from None


def _head(archive: tarfile.TarFile, file: Path) -> dict[str, Any]:
    """Return what the backup says of itself, if this version and this site can read it."""
    first = archive.next()
    content = archive.extractfile(first) if first and first.name == HEAD and first.isreg() else None
    if content is None:
        raise CannotStart(f"{file} is not a backup of Vaka: its first entry is not {HEAD}.")
    head = json.loads(content.read(LARGEST_HEAD))
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise CannotStart(f"{file} has another format than this version reads. Use the version of Vaka that made it.")
    if newer := database_dump.unknown([str(one) for one in head.get("migrations", [])]):
        raise CannotStart(
            f"A newer version of Vaka made {file}: this one does not have the migration {newer[-1]}. Install that version first."
        )
    if head.get("database") != database_dump.name():
        kind = "SQLite" if database_dump.is_sqlite() else "PostgreSQL"
        raise CannotStart(
            f"The database in {file} is {head.get('database')}, and this site uses {kind}. Set DATABASE_URL to its kind."
        )
    return head


def _unpack(archive: tarfile.TarFile, new: Path, state: Path) -> int:
    """Unpack the entries into a folder that only we can open, and return how many files they are."""
    free, files = shutil.disk_usage(state).free - SPARE, 0
    for entry in archive:
        if entry.name == HEAD:
            continue
        top, _, below = entry.name.partition("/")
        is_known = top in FOLDERS if below else top in (*FILES, database_dump.name())
        if not entry.isreg() or not is_known or ".." in below.split("/"):
            raise CannotStart(
                f"The backup has the entry {entry.name!r}, which no backup of Vaka has. Nothing was changed."
            )
        free -= entry.size
        if free < 0:
            raise CannotStart(f"The disk of {state} has too little space for the backup. Nothing was changed.")
        archive.extract(entry, new, filter="data")
        files += 1
    return files


def _exchange(new: Path, state: Path) -> Path | None:
    """Move what is in the state folder away, and the new data to its place. If a move fails, undo those before it."""
    names = [name for name in (*FILES, *FOLDERS, DATABASE) if name != DATABASE or database_dump.is_sqlite()]
    before = state / f"before-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    before.mkdir(mode=0o700)
    moved: list[tuple[Path, Path]] = []
    try:
        for name in names:
            for source, target in ((state / name, before / name), (new / name, state / name)):
                if os.path.lexists(source):
                    source.rename(target)
                    moved.append((source, target))
    except OSError as error:
        for source, target in reversed(moved):
            target.rename(source)
        moved_back = "Nothing was changed."
        if not database_dump.is_sqlite():
            moved_back = "The files are as before, and the database is that of the backup. "
            moved_back += database_dump.how_to_have_an_empty_one()
        raise CannotStart(f"{error.filename} could not be moved: {error.strerror}. {moved_back}") from None
    if any(before.iterdir()):
        return before
    before.rmdir()
    return None
