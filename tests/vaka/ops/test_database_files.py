"""The files beside SQLite's database stay while the site runs, so that no account finds one that another has just made."""

import sqlite3
from types import SimpleNamespace

import pytest

from vaka.ops import database_files


@pytest.fixture
def database(tmp_path, monkeypatch):
    path = tmp_path / "db.sqlite3"
    made = sqlite3.connect(path)
    made.execute("PRAGMA journal_mode = WAL")
    made.execute("CREATE TABLE one (it)")
    made.close()
    monkeypatch.setattr(
        database_files, "connection", SimpleNamespace(vendor="sqlite", settings_dict={"NAME": str(path)})
    )
    return path


def write(path):
    one = sqlite3.connect(path)
    one.execute("INSERT INTO one VALUES (1)")
    one.commit()
    one.close()


def files(path):
    """Return the inode of each file beside the database, by its name."""
    return {file.name: file.stat().st_ino for file in path.parent.glob("*-*")}


def test_without_a_connection_the_files_go_with_each_request(database):
    write(database)
    assert files(database) == {}


def test_they_stay_while_one_connection_is_kept(database):
    kept = database_files.keep_open()
    before = files(database)
    assert before.keys() == {"db.sqlite3-wal", "db.sqlite3-shm"}
    for _ in range(3):
        write(database)
    assert files(database) == before
    kept.close()
    assert files(database) == {}


def test_a_kept_connection_hinders_no_checkpoint(database):
    kept = database_files.keep_open()
    write(database)
    one = sqlite3.connect(database)
    assert one.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    one.close()
    kept.close()


def test_another_database_needs_none(monkeypatch):
    monkeypatch.setattr(database_files, "connection", SimpleNamespace(vendor="postgresql"))
    assert database_files.keep_open() is None
