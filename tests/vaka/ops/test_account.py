import os
import pwd
from pathlib import Path

import pytest

from vaka.ops import account
from vaka.ops.errors import CannotStart


def test_only_root_changes_to_another_account():
    assert account.unprivileged(1000) is None


def test_root_without_the_account_is_told_what_to_type(monkeypatch):
    def nobody(name):
        raise KeyError(name)

    monkeypatch.setattr(pwd, "getpwnam", nobody)
    with pytest.raises(CannotStart, match="docker/setup"):
        account.unprivileged(0)


def test_an_account_that_is_root_in_disguise_is_refused(monkeypatch):
    root = pwd.struct_passwd(("vaka", "x", 0, 0, "", "/", "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwnam", lambda name: root)
    with pytest.raises(CannotStart, match="root"):
        account.unprivileged(0)


MINE = {"PATH": "/usr/bin", "VAKA_PORT": "8010", "HOME": "/root", "DOCKER_HOST": "unix:///x", "AWS_SECRET_KEY": "k"}


def test_a_process_learns_nothing_of_roots_secrets():
    told = account.environment(MINE, may_use_engine=False, state=Path("/s"))
    assert "AWS_SECRET_KEY" not in told
    assert told["PATH"] == "/usr/bin"
    assert told["VAKA_PORT"] == "8010"
    assert told["VAKA_STATE"] == "/s"


def test_only_who_may_use_the_engine_is_told_where_it_is():
    assert "DOCKER_HOST" not in account.environment(MINE, may_use_engine=False, state=Path("/s"))
    assert account.environment(MINE, may_use_engine=False, state=Path("/s"))["HOME"] == "/nonexistent"
    assert account.environment(MINE, may_use_engine=True, state=Path("/s"))["DOCKER_HOST"] == "unix:///x"


def test_somebody_without_root_keeps_his_state_to_himself(tmp_path):
    account.prepare(tmp_path, None)
    assert tmp_path.stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "log").is_dir()


def test_a_state_folder_of_somebody_else_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(CannotStart, match="belongs to another user"):
        account.prepare(tmp_path, None)


def test_a_folder_is_handed_over_with_all_in_it_and_no_link_is_followed(tmp_path, monkeypatch):
    inside = tmp_path / "static" / "web"
    inside.mkdir(parents=True)
    (inside / "vaka.css").touch()
    (inside / "link").symlink_to("/etc/passwd")
    given = []
    monkeypatch.setattr(os, "chown", lambda path, uid, gid, *, follow_symlinks: given.append((path, follow_symlinks)))
    account.give(tmp_path / "static", 4711, 4711)
    assert {path for path, _ in given} == {tmp_path / "static", inside, inside / "vaka.css", inside / "link"}
    assert not any(follows for _, follows in given)


def test_what_has_its_owner_already_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "chown", lambda *args, **more: pytest.fail("Nothing was to be done."))
    account.give(tmp_path, tmp_path.stat().st_uid, tmp_path.stat().st_gid)
    account.give(tmp_path / "missing", 4711, 4711)
