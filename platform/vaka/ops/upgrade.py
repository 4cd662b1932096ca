"""``manage.py can_upgrade``: whether this version can take over the data of a site. It changes nothing."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

from vaka.ops import database_dump
from vaka.ops.backup import FOLDERS
from vaka.workshops.services import exams

SPARE = 1 << 30  # bytes that must stay free beside the backup


def reasons_against() -> Iterator[str]:
    """Yield why the site cannot be upgraded to this version now: a sentence each, with what to do. Raises DatabaseError."""
    applied = [f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()]
    if not applied:
        return  # no site has used this database yet
    if newer := database_dump.unknown(applied):
        yield (
            f"A newer version of Vaka has used the database ({newer[-1]}). Install that version or a newer one, "
            "or restore a backup that this version has made."
        )
        return  # its tables may be others than ours
    if open_now := list(_open_exams()):
        yield f"An exam is open in {', '.join(open_now)}. Wait until it has ended, or end it."
    needed, free = _size() + SPARE, shutil.disk_usage(settings.STATE_DIR).free
    if free < needed:
        yield (
            f"The disk of {settings.STATE_DIR} has {free / 1e9:.1f} GB left, and the backup before an upgrade needs up to "
            f"{needed / 1e9:.1f} GB. `vaka clean --dry-run` lists what can go."
        )


def _open_exams() -> Iterator[str]:
    """Yield the titles of workshops with an open exam. An older version may have no exams, and no columns for them."""
    with suppress(DatabaseError):
        yield from exams.open_exams().values_list("workshop__title", flat=True).distinct()


def _size() -> int:
    """Return the bytes of what a backup has."""
    state, size = Path(settings.STATE_DIR), 0
    for folder in (*FOLDERS, "database"):
        for path in (state / folder).rglob("*"):
            with suppress(OSError):  # removed meanwhile
                size += path.lstat().st_size
    return size
