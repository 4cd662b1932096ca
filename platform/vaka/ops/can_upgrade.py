"""``manage.py can_upgrade``: whether this version can take over the data of a site. It changes nothing."""

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from vaka.ops import database_dump
from vaka.ops.backup import FOLDERS
from vaka.workshops.services import exams

SPARE = 1 << 30  # bytes that must stay free beside the backup
EXAMS_SINCE = "workshops.0016_exams"  # the migration after which a site can have exams


def reasons_against(backups: Path) -> Iterator[str]:
    """Yield why the site cannot be upgraded to this version now: a sentence each, with what to do. Raises DatabaseError.

    ``backups``: the folder of the backup before the upgrade.
    """
    applied = _applied()
    if not applied:
        return  # no site has used this database yet
    if newer := database_dump.unknown(applied):
        yield (
            f"A newer version of Vaka has used the database ({newer[-1]}). Install that version or a newer one, "
            "or restore a backup that this version has made."
        )
        return  # its tables may be others than ours
    yield from open_exams(applied)
    yield from _full_disks(backups)


def _applied() -> list[str]:
    return [f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()]


def open_exams(applied: list[str] | None = None) -> Iterator[str]:
    """Yield a sentence if an exam is open, or if we could not look. ``applied``: the migrations of the database."""
    if EXAMS_SINCE not in (_applied() if applied is None else applied):
        return
    try:
        with transaction.atomic():
            found = list(exams.open_exams().order_by().values_list("workshop__title", flat=True).distinct())
    except DatabaseError as error:
        yield f"Whether an exam is open could not be read: {error}. Make sure that none is, and try again (vaka doctor)."
        return
    if found:
        yield f"An exam is open in {', '.join(sorted(found))}. Wait until it has ended, or end it."


def _full_disks(backups: Path) -> Iterator[str]:
    """Yield a sentence for each disk with too little space: the state folder gets a copy of the database, the backup all data."""
    state, database = Path(settings.STATE_DIR), database_dump.size()
    needs = Counter[int]()
    needs[disk_of(state)] += database
    needs[disk_of(backups)] += database + _size_of_files(state) + SPARE
    for folder in dict.fromkeys((_there(state), _there(backups))):
        needed, free = needs.pop(disk_of(folder), 0), shutil.disk_usage(folder).free
        if free < needed:
            yield (
                f"The disk of {folder} has {free / 1e9:.1f} GB left, and the backup before an upgrade needs up to "
                f"{needed / 1e9:.1f} GB. `vaka clean --dry-run` lists what can go."
            )


def _there(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def disk_of(folder: Path) -> int:
    """Return the number of the device on which the folder is, or will be."""
    return _there(folder).stat().st_dev


def _size_of_files(state: Path) -> int:
    size = 0
    for path in (path for folder in FOLDERS for path in (state / folder).rglob("*")):
        with suppress(OSError):  # removed meanwhile
            size += path.lstat().st_size
    return size
