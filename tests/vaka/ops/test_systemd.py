"""Tells systemd and its journal what a site does, over real sockets."""

import socket
from contextlib import closing

import pytest

from vaka.ops import systemd


@pytest.fixture
def journal(tmp_path, monkeypatch):
    """A journal that listens."""
    monkeypatch.setattr(systemd, "JOURNAL", str(tmp_path / "stdout"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(systemd.JOURNAL)
        listening.listen()
        yield listening


def test_systemd_is_told_that_the_site_serves(tmp_path, monkeypatch):
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(tmp_path / "notify"))
        systemd.say_ready()
        assert notify.recv(100) == b"READY=1"


def test_an_abstract_address_of_systemd_is_understood(monkeypatch):
    monkeypatch.setenv("NOTIFY_SOCKET", "@vaka-test-notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind("\0vaka-test-notify")
        systemd.say_ready()
        assert notify.recv(100) == b"READY=1"


def test_without_systemd_nobody_is_told(monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    systemd.say_ready()


def test_lines_of_a_program_carry_its_name_in_the_journal(journal):
    with systemd.journal_of("worker") as stream:
        stream.write(b"a line\n")
    with closing(journal.accept()[0]) as said:
        assert said.makefile("rb").read() == b"vaka-worker\n\n6\n0\n0\n0\n0\na line\n"


def test_a_journal_that_is_not_there_is_an_error_of_the_system(tmp_path, monkeypatch):
    monkeypatch.setattr(systemd, "JOURNAL", str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError):
        systemd.journal_of("worker")
