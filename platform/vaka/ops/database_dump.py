"""A copy of the whole database as one file, read while the site writes: SQLite's own file format, or pg_dump's."""

import json
import os
import shlex
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import IO, Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from vaka import operator_commands
from vaka.ops import state_folder
from vaka.ops.errors import CannotStart
from vaka.ops.system_accounts import Account

# A process of its own, because root must open nothing in the folder of an account (SQLite follows links there)
COPY = """
import json, sqlite3, sys
source, target = (sqlite3.connect(path) for path in sys.argv[1:])
source.backup(target)
target.execute("PRAGMA journal_mode = DELETE")
print(json.dumps(target.execute("SELECT app || '.' || name FROM django_migrations").fetchall()))
target.close()
"""
ON_THIS_SERVER = ("", "localhost", "127.0.0.1", "::1")
POSTGRESQL = {"HOST": "host", "PORT": "port", "USER": "user", "NAME": "dbname"}


def is_sqlite() -> bool:
    return bool(settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"))


def name() -> str:
    """Return the name that the file has in a backup."""
    return "database.sqlite3" if is_sqlite() else "database.pg_dump"


def size() -> int:
    """Return the bytes that the database takes. A copy of it is no larger. Raises DatabaseError."""
    if is_sqlite():
        paths = [Path(f"{settings.DATABASES['default']['NAME']}{end}") for end in ("", "-wal")]
        return sum(path.stat().st_size for path in paths if path.exists())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


@dataclass(frozen=True, slots=True)
class Dump:
    """The copy, as an open file that is nowhere in the file system any more, and the migrations that it has seen."""

    file: IO[bytes]
    migrations: list[str]  # such as labs.0001_initial


def make(state: Path, account: Account | None) -> Dump:
    """Copy the database. ACCOUNT owns SQLite's files, if it is not us. Raises CannotStart."""
    return _of_sqlite(state, account) if is_sqlite() else _of_postgresql(state)


def _of_sqlite(state: Path, account: Account | None) -> Dump:
    database = Path(settings.DATABASES["default"]["NAME"])
    folder, copy = state / ("run/site" if account else "run"), f"backup-{token_hex(8)}"
    if not database.exists() or not folder.is_dir():
        raise CannotStart(
            f"There is no site in {state} yet. Start it once ({operator_commands.start()}), then try again."
        )
    done = subprocess.run(
        [sys.executable, "-I", "-c", COPY, str(database), str(folder / copy)],
        cwd="/",
        env={},
        capture_output=True,
        text=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=account.groups if account else None,
        umask=0o077,
        check=False,
    )
    with state_folder.opened(folder) as inside:
        try:
            if done.returncode:
                raise CannotStart(f"The database could not be copied: {done.stderr.strip()[-300:]}")
            file = os.fdopen(os.open(copy, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=inside), "rb")
        finally:
            state_folder.forget(folder, (copy, f"{copy}-journal"))
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise CannotStart(f"The copy of the database in {folder} was replaced by something else.")
    return Dump(file, [one for (one,) in json.loads(done.stdout)])


def _of_postgresql(state: Path) -> Dump:
    # Not in /tmp, which may be memory
    file = tempfile.TemporaryFile(dir=state)  # noqa: SIM115  the caller closes it
    _postgresql("pg_dump", "--format=custom", "--no-owner", stdout=file)
    return Dump(file, [f"{app}.{one}" for app, one in MigrationRecorder(connection).applied_migrations()])


def load(file: Path) -> None:
    """Put a copy that ``make`` has made into the PostgreSQL database, which must be empty. Raises CannotStart."""
    must_be_empty()
    _postgresql("pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", str(file))


def must_be_empty() -> None:
    """Raise CannotStart, with what to type, if the PostgreSQL database has tables."""
    try:
        tables = connection.introspection.table_names()
    except DatabaseError as error:
        raise CannotStart(f"The database does not answer: {error}") from None
    if tables:
        raise CannotStart(
            f"The database has {len(tables)} tables already, and a restore overwrites nothing. {how_to_have_an_empty_one()}"
        )


def how_to_have_an_empty_one() -> str:
    typed = "".join(f"\n    {command}" for command in commands_for_an_empty_one())
    return (
        f"Put an empty one in its place; the old one stays under another name. As root, type:{typed}\n"
        "Then repeat this command."
    )


def commands_for_an_empty_one() -> list[str]:
    """Return what root types to have an empty database in the place of this one. No site may have it open."""
    database: dict[str, Any] = settings.DATABASES["default"]
    name, server, port = str(database["NAME"]), str(database.get("HOST") or ""), str(database.get("PORT") or "")
    is_here = server in ON_THIS_SERVER or server.startswith("/")
    start = ["runuser", "-u", "postgres", "--"] if is_here else []
    at = [*([] if is_here else ["-h", server, "-U", "ADMINISTRATOR"]), *(["-p", port] if port else [])]
    other = f"{name}_before_{datetime.now(UTC):%Y%m%d_%H%M%S}"
    rename = [*start, "psql", *at, "-d", "postgres", "-c", f'ALTER DATABASE "{name}" RENAME TO "{other}"']
    owner = ["-O", str(database["USER"])] if database.get("USER") else []
    create = [*start, "createdb", *at, *owner, "-E", "UTF8", "-T", "template0", name]
    return [shlex.join(rename), shlex.join(create)]


def must_be_whole(file: Path) -> None:
    """Raise CannotStart if a file is no SQLite database, or a damaged one."""
    try:
        with closing(sqlite3.connect(file)) as opened:
            (said,) = opened.execute("PRAGMA quick_check").fetchone()
    except sqlite3.DatabaseError as error:
        said = str(error)
    if said != "ok":
        raise CannotStart(f"The database in the backup is damaged: {said}. Take another backup.")


def _postgresql(program: str, *options: str, stdout: IO[bytes] | None = None) -> None:
    if shutil.which(program) is None:
        raise CannotStart(f"The program {program} is missing. Type: apt install postgresql-client")
    database: dict[str, Any] = settings.DATABASES["default"]
    words = {POSTGRESQL[key]: str(database[key]) for key in POSTGRESQL if database.get(key)} | database.get(
        "OPTIONS", {}
    )
    from psycopg.conninfo import make_conninfo  # only a site with PostgreSQL has to load it

    done = subprocess.run(
        [program, f"--dbname={make_conninfo('', **words)}", *options],
        env={**os.environ, "PGPASSWORD": str(database.get("PASSWORD") or "")},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise CannotStart(f"{program} failed: {done.stderr.decode(errors='replace').strip()[-500:]}")


def unknown(applied: list[str]) -> list[str]:
    """Return the migrations that this version does not have: a newer version has made them."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    known = {f"{app}.{migration}" for app, migration in loader.disk_migrations}
    known |= {f"{app}.{old}" for one in loader.disk_migrations.values() for app, old in one.replaces}
    return sorted(set(applied) - known)
