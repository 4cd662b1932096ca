"""The files that root hands over, tried as root: real owners, real links. None of these tests needs an account of the machine."""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from vaka import env
from vaka.ops import state_folder
from vaka.ops.errors import CannotStart
from vaka.ops.system_accounts import Account, Accounts

SITE, ENGINE = Account("vaka", 4711, 4710), Account("vaka-engine", 4712, 4710)
ACCOUNTS = Accounts(SITE, ENGINE)
ROOTS = {"run": 0o750, "log": 0o750}


@pytest.fixture
def folder(tmp_path):
    """The state folder of a site that root starts, beside a file that only root may touch."""
    assert os.geteuid() == 0, "Only root hands folders over."
    (tmp_path / "roots").write_text("root's alone")
    folder = tmp_path / "state"
    (folder / "log").mkdir(parents=True)
    return folder


def who(path):
    there = path.lstat()
    return there.st_uid, there.st_gid, stat.S_IMODE(there.st_mode)


def test_each_folder_has_one_owner_and_no_sticky_bit(folder):
    state_folder.prepare(folder, ACCOUNTS)
    owners = {state_folder.Owner.ROOT: 0, state_folder.Owner.SITE: SITE.uid, state_folder.Owner.ENGINE: ENGINE.uid}
    for one in state_folder.FOLDERS:
        assert who(folder / one.name) == (owners[one.owner], SITE.gid, one.mode), one.name
        assert not one.mode & stat.S_ISVTX, one.name
    assert who(folder)[:2] == (0, SITE.gid)
    assert not who(folder)[2] & 0o022, "only root changes what stands in it"


def test_the_database_is_for_both_accounts_from_its_first_byte_on(folder):
    state_folder.prepare(folder, ACCOUNTS)
    assert who(folder / "database/db.sqlite3") == (SITE.uid, SITE.gid, 0o660)


def test_in_no_folder_the_kernel_refuses_one_account_the_files_of_the_other(folder):
    """fs.protected_regular=2 forbids an O_CREAT open of another's file in a sticky folder that a group may write."""
    state_folder.prepare(folder, ACCOUNTS)
    shared = [path for path in (folder, *folder.rglob("*")) if path.is_dir() and path.stat().st_mode & 0o022]
    assert shared
    for path in shared:
        assert not path.stat().st_mode & stat.S_ISVTX, path


def an_old_state_folder(folder):
    """As the version before 0.2 left it: sticky, the group may write, the database beside everything else."""
    (folder / "run").mkdir()
    for path in (folder, folder / "run"):
        os.chown(path, 0, SITE.gid)
        path.chmod(0o3770)
    with closing(sqlite3.connect(folder / "db.sqlite3")) as database, database:
        database.execute("CREATE TABLE kept (what)")
        database.execute("INSERT INTO kept VALUES ('a lab that Ada solved')")
    (folder / "demo_people.json").write_text('{"trainee": "x"}')
    (folder / "secret_key").write_text("s")
    (folder / "site_id").write_text("i")
    for name in ("saves/1", "captures", "credentials", "labs/first-ebgp/abc"):
        (folder / name).mkdir(parents=True)
    (folder / "saves/1/save").write_text("work")
    (folder / "credentials/key.pem").write_text("key")
    for name in ("db.sqlite3", "demo_people.json", "captures", "credentials", "credentials/key.pem"):
        os.chown(folder / name, SITE.uid, SITE.gid)


def test_an_older_state_folder_keeps_all_its_data(folder):
    an_old_state_folder(folder)
    state_folder.prepare(folder, ACCOUNTS)
    with closing(sqlite3.connect(folder / "database/db.sqlite3")) as database:
        assert database.execute("SELECT what FROM kept").fetchall() == [("a lab that Ada solved",)]
    assert not (folder / "db.sqlite3").exists()
    assert (folder / "credentials/demo_people.json").read_text() == '{"trainee": "x"}'
    assert who(folder / "saves/1/save")[0] == ENGINE.uid
    assert (folder / "saves/1/save").read_text() == "work"
    assert who(folder / "credentials/key.pem") == (SITE.uid, SITE.gid, 0o640)
    assert who(folder / "secret_key")[:2] == (0, SITE.gid)


def test_a_move_that_was_interrupted_goes_on(folder):
    an_old_state_folder(folder)
    (folder / "database").mkdir()
    (folder / "db.sqlite3-wal").write_bytes(b"wal")
    (folder / "db.sqlite3-wal").rename(folder / "database/db.sqlite3-wal")  # and then the power went
    state_folder.prepare(folder, ACCOUNTS)
    assert (folder / "database/db.sqlite3-wal").read_bytes() == b"wal"
    assert (folder / "database/db.sqlite3").stat().st_size > 0


def test_done_twice_it_is_the_same(folder):
    an_old_state_folder(folder)
    state_folder.prepare(folder, ACCOUNTS)
    before = {path: who(path) for path in folder.rglob("*")}
    state_folder.prepare(folder, ACCOUNTS)
    assert len(before) > 2
    assert {path: who(path) for path in folder.rglob("*")} == before


def as_the_site(link, target):
    """Place a link as the account of the site would."""
    link.symlink_to(target)
    os.chown(link, SITE.uid, SITE.gid, follow_symlinks=False)


@pytest.mark.parametrize("name", [*(one.name for one in state_folder.FOLDERS), "log"])
def test_a_link_of_an_account_in_place_of_a_folder_leads_root_nowhere(folder, tmp_path, name):
    away = tmp_path / "away"
    away.mkdir()
    before = who(away)
    (folder / "run").mkdir(exist_ok=True)
    if (folder / name).is_dir():
        (folder / name).rmdir()
    as_the_site(folder / name, away)
    with pytest.raises(CannotStart, match="link that root did not make"):
        state_folder.prepare(folder, ACCOUNTS)
    assert who(away) == before
    assert list(away.iterdir()) == []


@pytest.mark.parametrize("name", ["db.sqlite3", "demo_people.json", "secret_key", "site_id"])
def test_a_link_of_an_account_in_place_of_a_file_leads_root_nowhere(folder, tmp_path, name):
    before = who(tmp_path / "roots")
    as_the_site(folder / name, tmp_path / "roots")
    with pytest.raises(CannotStart, match="not a file of this site"):
        state_folder.prepare(folder, ACCOUNTS)
    assert who(tmp_path / "roots") == before
    assert (tmp_path / "roots").read_text() == "root's alone"


@pytest.mark.parametrize("one", state_folder.FOLDERS, ids=lambda one: one.name)
def test_links_and_second_names_inside_a_folder_give_nothing_of_roots_away(folder, tmp_path, one):
    inside = folder / one.name / "deep"
    inside.mkdir(parents=True)
    (inside / "link").symlink_to(tmp_path / "roots")
    (inside / "second").hardlink_to(tmp_path / "roots")
    (inside / "folder").symlink_to(tmp_path)
    before = who(tmp_path / "roots"), who(tmp_path)
    state_folder.prepare(folder, ACCOUNTS)
    state_folder.forget(folder / one.name, ("deep", "link"))
    assert (who(tmp_path / "roots"), who(tmp_path)) == before
    assert (tmp_path / "roots").read_text() == "root's alone"


def test_marks_are_removed_in_the_folder_itself_and_not_behind_a_link(folder, tmp_path):
    (tmp_path / "relay.sock").touch()
    state_folder.prepare(folder, ACCOUNTS)
    (folder / "run/engine/relay.sock").symlink_to(tmp_path / "relay.sock")
    state_folder.forget(folder / "run/engine", ("relay.sock", "worker.ready"))
    assert not (folder / "run/engine/relay.sock").is_symlink()
    assert (tmp_path / "relay.sock").exists()


def test_saves_may_lie_on_another_disk_by_a_link_of_roots(folder, tmp_path):
    (tmp_path / "disk").mkdir()
    (folder / "saves").symlink_to(tmp_path / "disk")
    state_folder.prepare(folder, ACCOUNTS)
    assert who(tmp_path / "disk") == (ENGINE.uid, ENGINE.gid, 0o700)


@pytest.mark.parametrize("accounts", [ACCOUNTS, None])
def test_a_link_to_a_disk_that_is_not_mounted_stops_the_start_with_a_sentence(folder, tmp_path, accounts):
    (folder / "saves").symlink_to(tmp_path / "not-mounted")
    with pytest.raises(CannotStart, match="saves cannot be used as a folder: No such file"):
        state_folder.prepare(folder, accounts)


def test_somebody_without_root_keeps_their_state_to_themselves(tmp_path):
    state_folder.prepare(tmp_path, None)
    assert tmp_path.stat().st_mode & 0o777 == 0o750
    for one in state_folder.FOLDERS:
        assert (tmp_path / one.name).stat().st_mode & 0o777 == 0o700, one.name


def test_without_root_too_an_older_state_folder_keeps_its_data(tmp_path):
    (tmp_path / "db.sqlite3").write_bytes(b"rows")
    state_folder.prepare(tmp_path, None)
    assert (tmp_path / "database/db.sqlite3").read_bytes() == b"rows"


def test_the_settings_find_an_older_database_until_it_is_moved(tmp_path):
    assert env.sqlite_file(tmp_path) == tmp_path / "database/db.sqlite3"
    (tmp_path / "db.sqlite3").touch()
    assert env.sqlite_file(tmp_path) == tmp_path / "db.sqlite3"
    state_folder.prepare(tmp_path, None)
    assert env.sqlite_file(tmp_path) == Path(tmp_path / "database/db.sqlite3")
