import os
import pwd
import socket
from pathlib import Path

import pytest

from vaka.ops import system_accounts
from vaka.ops.errors import CannotStart


def entries(**uids):
    """Return what stands in for the machine's accounts: name, uid, gid."""

    def entry(name):
        uid, gid = uids[name.replace("-", "_")]
        return pwd.struct_passwd((name, "x", uid, gid, "", "/", "/bin/sh"))

    return entry


def test_only_root_changes_to_other_accounts():
    assert system_accounts.unprivileged(1000) is None


def test_root_without_the_accounts_is_told_what_to_type(monkeypatch):
    monkeypatch.setattr(pwd, "getpwnam", entries(vaka=(990, 990)))
    with pytest.raises(CannotStart, match=r"vaka-engine does not exist\. Type: docker/setup"):
        system_accounts.unprivileged(0)


@pytest.mark.parametrize(
    ("vaka", "engine", "said"),
    [
        ((0, 0), (991, 0), "vaka has uid 0"),
        ((990, 990), (0, 990), "vaka-engine has uid 0"),
        ((990, 990), (990, 990), "the same uid"),
        ((990, 990), (991, 991), "not in the group vaka"),
    ],
)
def test_accounts_that_would_be_no_wall_are_refused(monkeypatch, vaka, engine, said):
    monkeypatch.setattr(pwd, "getpwnam", entries(vaka=vaka, vaka_engine=engine))
    with pytest.raises(CannotStart, match=said):
        system_accounts.unprivileged(0)


@pytest.fixture
def engine_socket(tmp_path):
    with socket.socket(socket.AF_UNIX) as listening:
        path = tmp_path / "docker.sock"
        listening.bind(str(path))
        yield path


def test_the_engines_socket_is_reached_by_its_group(engine_socket):
    engine_socket.chmod(0o660)
    assert system_accounts.engine_groups(engine_socket) == (engine_socket.stat().st_gid,)
    engine_socket.chmod(0o666)
    assert system_accounts.engine_groups(engine_socket) == ()
    assert system_accounts.engine_groups(None) == (), "an engine on another machine has no socket here"


def test_a_socket_that_only_root_may_open_is_told_with_what_to_type(engine_socket):
    engine_socket.chmod(0o600)
    with pytest.raises(CannotStart, match=f"chmod 660 {engine_socket}"):
        system_accounts.engine_groups(engine_socket)


def test_where_the_engines_socket_is_says_the_environment(engine_socket, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{engine_socket}")
    assert system_accounts.engine_socket() == engine_socket
    monkeypatch.setenv("DOCKER_HOST", "tcp://192.0.2.1:2376")
    assert system_accounts.engine_socket() is None


MINE = {"PATH": "/usr/bin", "VAKA_PORT": "8010", "HOME": "/root", "DOCKER_HOST": "unix:///x", "AWS_SECRET_KEY": "k"}


def told(**how):
    return system_accounts.environment(MINE, **{"may_use_engine": False, "lowered": True, "state": Path("/s"), **how})


def test_a_process_learns_nothing_of_roots_secrets():
    assert "AWS_SECRET_KEY" not in told()
    assert told()["PATH"] == "/usr/bin"
    assert told()["VAKA_PORT"] == "8010"
    assert told()["VAKA_STATE"] == "/s"


@pytest.mark.parametrize("name", ["PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"])
def test_a_process_keeps_what_it_compiles_where_python_is_told_to(monkeypatch, name):
    monkeypatch.setitem(MINE, name, "/c")
    assert told()[name] == "/c"


def test_only_who_may_use_the_engine_is_told_where_it_is():
    assert "DOCKER_HOST" not in told()
    assert told(may_use_engine=True)["DOCKER_HOST"] == "unix:///x"


def test_only_who_stays_who_they_are_and_uses_the_engine_keeps_their_home():
    assert told()["HOME"] == "/nonexistent"
    assert told(may_use_engine=True)["HOME"] == "/nonexistent"
    assert told(may_use_engine=True, lowered=False)["HOME"] == "/root"


def test_a_process_that_gives_up_root_is_the_account_and_cannot_go_back():
    assert os.geteuid() == 0, "Only root can become another account."
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        try:
            system_accounts.become(system_accounts.Account("vaka-engine", 4711, 4712, (4713,)))
            os.write(write, f"{os.getresuid()} {os.getresgid()} {os.getgroups()}".encode())
            os.setuid(0)
        except PermissionError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert os.read(read, 200).decode() == "(4711, 4711, 4711) (4712, 4712, 4712) [4713]"
    os.close(read)
    os.close(write)
