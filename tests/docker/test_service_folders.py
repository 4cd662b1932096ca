"""The folders of services in an image flavour: what systemd would make, and what an odd package may not break."""

import stat

import pytest

from labs.engine.runtime.image import FLAVOURS

PASSWD = "root:x:0:0::/root:/bin/sh\nknot:x:110:112::/:/bin/false\n"
GROUP = "root:x:0:\nknot:x:112:\nadm:x:4:\n"


@pytest.fixture
def root(tmp_path):
    """A root folder with accounts, and a function that writes a file of a package into it."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text(PASSWD)
    (tmp_path / "etc/group").write_text(GROUP)

    def add(path, text):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    add("run/lock/one", "")
    return tmp_path, add


def made(root, monkeypatch):
    """Make the folders; return owners by path, as a test that is not root cannot give files away."""
    monkeypatch.syspath_prepend(str(FLAVOURS))
    import service_folders

    owners = {}
    monkeypatch.setattr(
        service_folders.os, "chown", lambda path, *ids: owners.update({path.relative_to(root).as_posix(): ids})
    )
    service_folders.make(root)
    return owners


def test_a_unit_gets_its_folders_with_owner_group_and_mode(root, monkeypatch):
    folder, add = root
    unit = "[Service]\nUser=knot\nGroup=adm\nRuntimeDirectory=knot lock/knot\nRuntimeDirectoryMode=0750\nStateDirectory=knot\n"
    add("usr/lib/systemd/system/knot.service", unit)
    add("usr/lib/systemd/system/ssh.service", "[Service]\nRuntimeDirectory=sshd\n")
    owners = made(folder, monkeypatch)
    assert owners == {"run/knot": (110, 4), "run/lock/knot": (110, 4), "var/lib/knot": (110, 4), "run/sshd": (0, 0)}
    assert stat.S_IMODE((folder / "run/knot").stat().st_mode) == 0o750
    assert stat.S_IMODE((folder / "run/sshd").stat().st_mode) == 0o755


def test_tmpfiles_names_folders_too_and_those_elsewhere_are_left_alone(root, monkeypatch):
    folder, add = root
    lines = (
        "# a comment\n\nd /var/run/a 0711 knot knot -\nD! /run/b\nd /home/c 0755 - -\nd /var/lib/d/ 0755 knot knot\n"
    )
    add("usr/lib/tmpfiles.d/one.conf", lines)
    assert made(folder, monkeypatch) == {"run/a": (110, 112), "run/b": (0, 0), "var/lib/d": (110, 112)}
    assert stat.S_IMODE((folder / "run/a").stat().st_mode) == 0o711


def test_a_folder_that_is_there_and_an_account_that_is_not_change_nothing(root, monkeypatch):
    folder, add = root
    (folder / "run/link").symlink_to("/etc")
    add(
        "usr/lib/tmpfiles.d/one.conf",
        "d /run/lock 0700 knot knot\nd /run/link 0700 knot knot\nd /run/new 0700 nobody-here -\n",
    )
    assert made(folder, monkeypatch) == {}
