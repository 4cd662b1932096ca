"""The files of a node's network, in which a learner chooses names."""

import os

import pytest

from labs.supervisor import network_files

DEV = "Inter-|   Receive\n face |bytes\n    lo: 1 2\n{}: 3 4\n"


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(network_files, "PROCESSES", tmp_path)

    def write(name, content):
        path = tmp_path / "77/net" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    return write


@pytest.mark.parametrize(
    "name", [b"a\x1cb", b"a\x1d", b"\x1e\x1f", b"a\xc2\x85b", b"a\xe2\x80\xa8", b"\xff", b"a\x0bb", b"\r"]
)
def test_a_name_ends_neither_line_nor_word(file, name):
    file("dev", DEV.encode().replace(b"{}", name))
    found = network_files.lines(77, "dev")
    assert len(found) == 4
    assert [len(line.split()) for line in found[2:]] == [3, 3]


def test_packets_are_counted_whatever_lines_cannot_be_read(file):
    file("dev", f"Inter\n face\na\nb: 1\nlo: 0 5 {'0 ' * 7} 7\n".encode())
    assert list(network_files.packet_counts(77)) == [(5, 7)]


def test_a_process_that_has_ended_has_no_lines():
    assert network_files.lines(2**22 + 1, "dev") == []


def test_the_sockets_of_this_network_have_the_columns_that_are_read():
    assert network_files.unix_sockets(network_files.text(os.getpid(), "protocols")) >= 0
    assert "sockets" in network_files.socket_counts(os.getpid())
