"""Questions to routing daemons in a node, whose sockets may belong to a hostile program. The sockets are real ones, in a folder."""

import os
import socket
import threading
import time

import pytest

from labs.supervisor import asks, daemon_sockets


@pytest.fixture
def daemon(node):
    """A program that listens in the node and sends each of these to the first client. None: it reads a question first."""
    made = []

    def listen(path, *said, silent=False):
        place = node.path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(place))
        listening.listen(4)
        made.append(listening)

        def serve():
            try:
                connection, _ = listening.accept()
                with connection:
                    for part in said:
                        if part is None:
                            connection.recv(4096)
                        else:
                            connection.sendall(part)
                    while silent and connection.recv(4096):
                        pass
            except OSError:  # the test is over, or has had enough
                pass

        threading.Thread(target=serve, daemon=True).start()

    yield listen
    for listening in made:
        listening.close()


def test_a_vty_answers_each_command(ask, daemon):
    daemon("run/frr/zebra.vty", None, b"\0\0\0\0", None, b"one\xff\0\0\0", b"\0", None, b"two\0\0\0\1", silent=True)
    said = ask({"ask": "vty", "daemon": "zebra", "commands": ["show a", "show b"]})
    assert said["outputs"] == ["one\ufffd", "two"]


@pytest.mark.parametrize("name", ["../bird/bird", "", "a" * 17, "Zebra", "a b"])
def test_an_invalid_daemon_name_is_refused(ask, name):
    assert ask({"ask": "vty", "daemon": name, "commands": []})["error"] == "No such daemon."


def test_a_vty_that_closes_its_socket_is_refused(ask, daemon):
    daemon("run/frr/zebra.vty", b"\0\0\0\0", b"half an ans")
    assert ask({"ask": "vty", "daemon": "zebra", "commands": ["show"]})["kind"] == "refused"


@pytest.mark.parametrize("kind", ["vty", "bird"])
def test_a_silent_daemon_takes_no_longer_than_the_time_limit(ask, daemon, monkeypatch, kind):
    monkeypatch.setattr(asks, "SLACK", 0.1)
    daemon("run/frr/zebra.vty", silent=True)
    daemon("run/bird/bird.ctl", silent=True)
    began = time.monotonic()
    question = {"ask": kind, "daemon": "zebra", "commands": [], "command": "show status", "seconds": 0.1}
    assert ask(question) == {"ok": False, "kind": "timeout", "error": "h1 did not answer in time."}
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("vty", [b"\0\0\0\0", b"x" * 40_000]),
        ("bird", [b"0001 ready\n0016 Access restricted\n", b"x" * 40_000]),  # one line without an end
        ("bird", [b"0001 ready\n0016 Access restricted\n", b"1000-a line\n" * 4000]),
    ],
)
def test_a_daemon_that_sends_too_much_is_too_big(ask, daemon, monkeypatch, kind, said):
    monkeypatch.setattr(daemon_sockets, "LARGEST", 30_000)
    daemon("run/frr/zebra.vty" if kind == "vty" else "run/bird/bird.ctl", *said, silent=True)
    answered = ask({"ask": kind, "daemon": "zebra", "commands": ["show"], "command": "show status"})
    assert answered["kind"] == "too_big"


def test_bird_is_asked_in_restricted_mode(ask, daemon):
    daemon(
        "run/bird/bird.ctl", b"0001 ready\n", b"0016 Access restricted\n", b"1002-a\n b\xff\n\x1b\n0000 \n", silent=True
    )
    assert ask({"ask": "bird", "command": "show route"})["output"] == "a\nb\ufffd\n\x1b"


@pytest.mark.parametrize("said", [[], [b"0001 ready\n"], [b"0001 ready\n\n"], [b"0001 ready\n0016 x\n1000-half"]])
def test_a_bird_that_closes_or_sends_an_empty_line_is_refused(ask, daemon, said):
    daemon("run/bird/bird.ctl", *said)
    assert ask({"ask": "bird", "command": "show route"})["kind"] == "refused"


@pytest.mark.parametrize("what", ["none", "file", "link", "pipe"])
def test_anything_but_a_socket_of_the_node_is_refused(ask, node, tmp_path, what):
    path = node.path / "run/bird/bird.ctl"
    path.parent.mkdir(parents=True)
    outside = tmp_path / "outside.ctl"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(outside))
        listening.listen()
        if what == "file":
            path.write_text("")
        if what == "link":
            path.symlink_to(outside)
        if what == "pipe":
            os.mkfifo(path)
        assert ask({"ask": "bird", "command": "show route"})["kind"] == "refused"
