"""A backup: what is in it, and what an account cannot put into it. Real files, a real SQLite database."""

import io
import json
import os
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from vaka.ops import backup, database_dump, restore, site_lock, system_accounts
from vaka.ops.errors import CannotStart


@pytest.fixture
def state(tmp_path, settings, monkeypatch):
    """A state folder of a site that one person has started, with a database that another process has open."""
    monkeypatch.setattr(system_accounts, "unprivileged", lambda uid: None)
    state = tmp_path / "state"
    for name in ("database", "credentials", "labs/one/files", "media", "saves/1", "run", "log"):
        (state / name).mkdir(parents=True)
    for name, content in {
        "secret_key": "k",
        "site_id": "s",
        "saves/1/a": "work",
        "labs/one/lab.yaml": "id: one",
    }.items():
        (state / name).write_text(content)
    script = state / "labs/one/files/start"
    script.write_text("#!/bin/sh")
    script.chmod(0o755)
    settings.STATE_DIR = state
    settings.MIGRATION_MODULES = {}  # the tests' database is made without migrations
    ours = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(state / "database/db.sqlite3")}
    monkeypatch.setitem(settings.DATABASES, "default", ours)
    with closing(sqlite3.connect(state / "database/db.sqlite3")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE django_migrations (app, name)")
        database.execute("INSERT INTO django_migrations VALUES ('auth', '0001_initial')")
        database.execute("CREATE TABLE learner (name)")
        database.execute("INSERT INTO learner VALUES ('ada')")
        database.commit()  # it is in the file -wal
        yield state


@pytest.fixture
def file(state, tmp_path):
    backup.write(tmp_path / "site.tar.gz", state)
    return tmp_path / "site.tar.gz"


def names_in(file):
    with tarfile.open(file) as archive:
        return archive.getnames()


def learners(state):
    with closing(sqlite3.connect(state / "database/db.sqlite3")) as database:
        return [name for (name,) in database.execute("SELECT name FROM learner")]


def test_a_backup_says_first_what_it_is_and_has_the_database_with_its_last_changes(file, tmp_path):
    assert names_in(file)[:2] == ["backup.json", "database.sqlite3"]
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    with tarfile.open(file) as archive:
        head = json.load(archive.extractfile("backup.json"))
        archive.extract("database.sqlite3", tmp_path, filter="data")
    assert (head["database"], head["migrations"]) == ("database.sqlite3", ["auth.0001_initial"])
    with closing(sqlite3.connect(tmp_path / "database.sqlite3")) as database:
        assert database.execute("SELECT name FROM learner").fetchall() == [("ada",)]


def test_a_backup_leaves_no_other_file_behind(file, state, tmp_path):
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site.tar.gz", "state"]
    assert list((state / "run").iterdir()) == []


def test_a_backup_overwrites_nothing(state, tmp_path):
    (tmp_path / "site.tar.gz").write_text("an older one")
    with pytest.raises(CannotStart, match="exists already"):
        backup.write(tmp_path / "site.tar.gz", state)
    assert (tmp_path / "site.tar.gz").read_text() == "an older one"


def test_what_an_account_links_to_is_not_in_a_backup_and_is_named(state, tmp_path):
    (tmp_path / "roots").write_text("root's alone")
    (state / "saves/1/link").symlink_to(tmp_path / "roots")
    os.link(tmp_path / "roots", state / "media/hard")
    os.mkfifo(state / "media/pipe")
    written = backup.write(tmp_path / "site.tar.gz", state)
    assert sorted(written.left_out) == ["media/hard", "media/pipe", "saves/1/link"]
    assert not {"media/hard", "media/pipe", "saves/1/link"} & set(names_in(tmp_path / "site.tar.gz"))


def test_a_folder_that_cannot_be_written_to_is_named(state, tmp_path):
    with pytest.raises(CannotStart, match=r"Nothing can be written to .*nowhere"):
        backup.write(tmp_path / "nowhere/site.tar.gz", state)


def test_a_site_that_never_ran_has_nothing_to_back_up(state, tmp_path):
    (state / "database/db.sqlite3").unlink()
    with pytest.raises(CannotStart, match="Start it once"):
        backup.write(tmp_path / "site.tar.gz", state)


def test_a_restore_brings_everything_back_and_keeps_what_was_there(file, state):
    (state / "saves/1/a").write_text("later work")
    (state / "saves/1/b").write_text("more")
    with closing(sqlite3.connect(state / "database/db.sqlite3")) as database:
        database.execute("INSERT INTO learner VALUES ('bo')")
        database.commit()
    restored = restore.read(file, state)
    assert learners(state) == ["ada"]
    assert (state / "saves/1/a").read_text() == "work"
    assert not (state / "saves/1/b").exists()
    assert os.access(state / "labs/one/files/start", os.X_OK)
    assert (restored.before / "saves/1/a").read_text() == "later work"
    assert (restored.before / "saves/1/b").read_text() == "more"
    assert sorted(path.name for path in state.iterdir() if "restored" in path.name) == []


def test_a_restore_into_an_empty_folder_has_nothing_from_before(file, tmp_path, settings):
    empty = tmp_path / "elsewhere"
    empty.mkdir()
    settings.DATABASES["default"]["NAME"] = str(empty / "database/db.sqlite3")
    assert restore.read(file, empty).before is None
    assert learners(empty) == ["ada"]
    assert (empty / "secret_key").read_text() == "k"


def unchanged(state):
    return learners(state) == ["ada"] and (state / "saves/1/a").read_text() == "work" and not list(state.glob("re*-*"))


def test_a_restore_while_the_site_runs_is_refused(file, state):
    with site_lock.take(state), pytest.raises(CannotStart, match="is running already"):
        restore.read(file, state)
    assert unchanged(state)


def test_a_restore_into_a_full_postgresql_database_is_refused_before_anything_is_unpacked(state, tmp_path, monkeypatch):
    monkeypatch.setattr(database_dump, "is_sqlite", lambda: False)
    monkeypatch.setattr(
        database_dump, "connection", SimpleNamespace(introspection=SimpleNamespace(table_names=lambda: ["one"]))
    )
    with pytest.raises(CannotStart, match="1 tables already"):
        restore.read(tmp_path / "site.tar.gz", state)


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"])
def test_a_file_that_is_no_backup_changes_nothing(file, state, content):
    file.write_bytes(content)
    with pytest.raises(CannotStart, match=r"not a whole backup|not a backup"):
        restore.read(file, state)
    assert unchanged(state)


def test_a_backup_that_is_cut_off_changes_nothing(file, state):
    file.write_bytes(file.read_bytes()[:-400])
    with pytest.raises(CannotStart, match="not a whole backup"):
        restore.read(file, state)
    assert unchanged(state)


def with_entry(file, entry, content=b"", **head):
    """Write the backup again with one more entry, or with another head."""
    with tarfile.open(file) as archive:
        parts = [(one, archive.extractfile(one).read()) for one in archive.getmembers()]
    with tarfile.open(file, "w:gz") as archive:
        for one, text in parts:
            if one.name == "backup.json":
                text = json.dumps(json.loads(text) | head).encode()
                one.size = len(text)
            archive.addfile(one, io.BytesIO(text))
        if entry:
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def renamed_in(file, old, new):
    """Write the backup again with another name for one entry."""
    with tarfile.open(file) as archive:
        parts = [(one, archive.extractfile(one).read()) for one in archive.getmembers()]
    with tarfile.open(file, "w:gz") as archive:
        for one, text in parts:
            one.name = new if one.name == old else one.name
            archive.addfile(one, io.BytesIO(text))


@pytest.mark.parametrize("path", ["/etc/cron.d/x", "../x", "saves/../../x", "run/x", "backup", "saves/1/a/../../../x"])
def test_a_backup_with_a_path_of_its_own_is_refused(file, state, path, tmp_path):
    with_entry(file, tarfile.TarInfo(path), b"x")
    with pytest.raises(CannotStart, match="which no backup of Vaka has"):
        restore.read(file, state)
    assert unchanged(state)
    assert not (tmp_path / "x").exists()


def test_a_backup_with_a_link_is_refused(file, state):
    entry = tarfile.TarInfo("saves/link")
    entry.type, entry.linkname = tarfile.SYMTYPE, "/etc"
    with_entry(file, entry)
    with pytest.raises(CannotStart, match="which no backup of Vaka has"):
        restore.read(file, state)
    assert unchanged(state)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ({"format": 2}, "another format"),
        ({"migrations": ["auth.0001_initial", "labs.9999_of_next_year"]}, "newer version .* labs.9999_of_next_year"),
        ({"database": "database.pg_dump"}, "this site uses SQLite"),
    ],
)
def test_a_backup_that_this_site_cannot_read_is_refused_with_the_reason(file, state, head, said):
    with_entry(file, None, **head)
    with pytest.raises(CannotStart, match=said):
        restore.read(file, state)
    assert unchanged(state)


def test_a_backup_with_a_damaged_database_is_refused(file, state):
    with tarfile.open(file) as archive:
        parts = [(one, archive.extractfile(one).read()) for one in archive.getmembers()]
    with tarfile.open(file, "w:gz") as archive:
        for one, text in parts:
            damaged = text[:4096] + b"\xff" * (len(text) - 4096) if one.name == "database.sqlite3" else text
            archive.addfile(one, io.BytesIO(damaged))
    with pytest.raises(CannotStart, match="is damaged"):
        restore.read(file, state)
    assert unchanged(state)


def test_a_move_that_fails_after_postgresql_was_loaded_says_what_the_database_has(file, state, settings, monkeypatch):
    with_entry(file, None, database="database.pg_dump")
    address = {"ENGINE": "django.db.backends.postgresql", "NAME": "vaka", "USER": "vaka", "HOST": "", "PORT": ""}
    monkeypatch.setitem(settings.DATABASES, "default", address)
    monkeypatch.setattr(database_dump, "must_be_empty", lambda: None)
    monkeypatch.setattr(database_dump, "load", lambda dump: None)
    renamed_in(file, "database.sqlite3", "database.pg_dump")
    rename = Path.rename

    def fails(path, target):
        if path.name == "media":
            raise PermissionError(13, "Permission denied", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(
        CannotStart, match=r"(?s)media could not be moved.*database is that of the backup.*createdb"
    ) as told:
        restore.read(file, state)
    assert "Nothing was changed" not in str(told.value)


def test_a_move_that_fails_is_undone(file, state, monkeypatch):
    rename = Path.rename

    def fails(path, target):
        if path.parent.name.startswith("restored-") and path.name == "media":
            raise PermissionError(13, "Permission denied", str(path))
        return rename(path, target)

    (state / "media/logo").write_text("logo")
    with_entry(file, tarfile.TarInfo("media/logo"), b"logo")
    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(CannotStart, match="media could not be moved"):
        restore.read(file, state)
    assert unchanged(state)
    assert (state / "media/logo").read_text() == "logo"
