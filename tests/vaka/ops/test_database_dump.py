"""A copy of the database: where it is made, how large it is, and how to have an empty one. test_backup.py has the rest."""

import os
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
from django.db import OperationalError

from vaka.ops import database_dump
from vaka.ops.errors import CannotStart


@pytest.fixture
def connection(monkeypatch):
    made = MagicMock()
    made.introspection.table_names.return_value = ["accounts_user"]
    monkeypatch.setattr(database_dump, "connection", made)
    return made


@pytest.fixture
def postgresql(settings, monkeypatch, connection):
    """A PostgreSQL database in which a site has made tables."""
    address = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "vaka",
        "USER": "vaka",
        "HOST": "127.0.0.1",
        "PORT": "",
    }
    monkeypatch.setitem(settings.DATABASES, "default", address)
    return address


@pytest.mark.usefixtures("postgresql")
def test_a_full_database_is_refused_with_the_commands_for_an_empty_one():
    with pytest.raises(CannotStart, match="1 tables already") as told:
        database_dump.must_be_empty()
    rename, create = (line.strip() for line in str(told.value).splitlines()[1:3])
    assert rename.startswith(
        'runuser -u postgres -- psql -d postgres -c \'ALTER DATABASE "vaka" RENAME TO "vaka_before_2'
    )
    assert create == "runuser -u postgres -- createdb -O vaka -E UTF8 -T template0 vaka"


def test_the_database_of_another_server_is_made_by_its_administrator(postgresql):
    postgresql |= {"HOST": "db.example.org", "PORT": "5433"}
    assert database_dump.commands_for_an_empty_one()[1] == (
        "createdb -h db.example.org -U ADMINISTRATOR -p 5433 -O vaka -E UTF8 -T template0 vaka"
    )


def test_a_database_that_is_not_there_is_a_sentence(connection):
    connection.introspection.table_names.side_effect = OperationalError('database "vaka" does not exist')
    with pytest.raises(CannotStart, match='does not answer: database "vaka" does not exist'):
        database_dump.must_be_empty()


@pytest.mark.usefixtures("postgresql")
def test_postgresql_is_dumped_into_a_file_without_a_name_on_the_disk_of_the_state_folder(tmp_path, monkeypatch):
    for name in ("bin", "state"):
        (tmp_path / name).mkdir()
    program = tmp_path / "bin/pg_dump"
    program.write_text("#!/bin/sh\nreadlink /proc/self/fd/1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    monkeypatch.setattr(database_dump, "MigrationRecorder", lambda _: SimpleNamespace(applied_migrations=dict))
    with database_dump.make(tmp_path / "state", None).file as dump:
        dump.seek(0)
        assert dump.read().decode().startswith(f"{tmp_path}/state/#")


def test_the_size_of_a_sqlite_database_is_that_of_its_files(settings, monkeypatch, tmp_path):
    file = tmp_path / "db.sqlite3"
    monkeypatch.setitem(settings.DATABASES, "default", {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)})
    file.write_bytes(b"x" * 100)
    assert database_dump.size() == 100
    (tmp_path / "db.sqlite3-wal").write_bytes(b"x" * 20)
    assert database_dump.size() == 120


@pytest.mark.usefixtures("postgresql")
def test_the_size_of_a_postgresql_database_is_what_its_server_says(connection):
    connection.cursor.return_value.__enter__.return_value.fetchone.return_value = (8 << 30,)
    assert database_dump.size() == 8 << 30
