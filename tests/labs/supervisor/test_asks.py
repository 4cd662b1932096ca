"""Questions to a node whose daemons, files and sockets are hostile. Real sockets and files, in a folder."""

import asyncio
import contextlib
import os
import socket
import threading
import time
from pathlib import Path

import pytest

from labs.supervisor import asks
from labs.supervisor.asks import ANSWERERS, NoAnswer, answer, answers, listing, run


@pytest.fixture
def ask(node):
    """Ask one question; returns the answer."""

    def put(question, seconds=1.0, space_of=None):
        nodes = {"h1": node}
        return asyncio.run(answer({"node": "h1", **question}, space_of or nodes.__getitem__, seconds))

    return put


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


@pytest.fixture
def raising():
    """A kind of question that raises this error."""

    def register(error):
        @answers("raising")
        async def _raise(space, question, space_of):
            raise error

    yield register
    ANSWERERS.pop("raising", None)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NoAnswer("refused", "no"), "refused"),
        (TimeoutError(), "timeout"),
        (OSError(5, "bad"), "unreachable"),
        (ValueError("bad"), "unreachable"),
        (ZeroDivisionError(), "unreachable"),
        (OverflowError(), "unreachable"),
        (RecursionError(), "unreachable"),
        (AttributeError(), "unreachable"),
        (KeyError("dst"), "unreachable"),
    ],
)
def test_a_failing_question_returns_an_answer_and_never_raises(ask, raising, error, kind):
    raising(error)
    said = ask({"ask": "raising"})
    assert (said["ok"], said["kind"]) == (False, kind)


@pytest.mark.parametrize(
    "question",
    [{"ask": "nothing"}, {"ask": "up", "node": "h9"}, {"ask": "up", "node": []}, {"ask": []}, {"ask": "file"}],
)
def test_an_unknown_question_or_node_is_unreachable(ask, question):
    assert ask(question)["kind"] == "unreachable"


def test_a_stopped_node_is_unreachable_except_for_the_question_up(ask, node):
    node.up, node.ended = False, "h1 has stopped. Reset it."
    assert ask({"ask": "file", "path": "/etc/hosts"}) == {"ok": False, "kind": "unreachable", "error": node.ended}
    assert ask({"ask": "up"}) == {"ok": True, "up": False}


@pytest.mark.parametrize(
    "key", ["kernel.hostname", "net..", "net.ipv4.../../kernel", "net.a/b", "net.", "xnet.a", f"net.{121 * 'a'}"]
)
def test_only_sysctls_below_net_are_read(ask, key):
    assert ask({"ask": "sysctl", "key": key})["error"] == "Only sysctls below net. can be read."


def test_a_file_is_read_up_to_its_limit(ask, node):
    (node.path / "a").write_bytes(b"x" * asks.FILE_LARGEST)
    (node.path / "b").write_bytes(b"\xff" * (asks.FILE_LARGEST + 1))
    changed = (node.path / "a").stat().st_mtime
    assert ask({"ask": "file", "path": "/a"}) == {
        "ok": True, "exists": True, "text": "x" * asks.FILE_LARGEST, "truncated": False, "changed": changed,
    }  # fmt: skip
    said = ask({"ask": "file", "path": "/b"})
    assert (len(said["text"]), said["truncated"]) == (asks.FILE_LARGEST, True)


@pytest.mark.parametrize(
    "path", ["/link", "/../../etc/hostname", "/pipe", "/folder", "/none", "", "/loop", "/proc/self/environ"]
)
def test_anything_but_a_regular_file_of_the_node_does_not_exist(ask, node, tmp_path, path):
    (tmp_path / "secret").write_text("secret")
    (node.path / "link").symlink_to(tmp_path / "secret")
    (node.path / "loop").symlink_to("loop")
    os.mkfifo(node.path / "pipe")
    (node.path / "folder").mkdir()
    began = time.monotonic()
    assert ask({"ask": "file", "path": path}) == {"ok": True, "exists": False, "text": "", "truncated": False}
    assert time.monotonic() - began < 20  # who waits for a writer into a pipe waits for ever


def test_a_link_inside_the_node_is_followed(ask, node):
    (node.path / "etc").mkdir()
    (node.path / "etc/real").write_text("here")
    (node.path / "link").symlink_to("/etc/real")
    assert ask({"ask": "file", "path": "/link"})["text"] == "here"


def test_a_listing_is_limited_and_is_empty_without_a_folder(node):
    for number in range(250):
        (node.path / f"f{number}").write_text("")
    assert len(listing(node, "/")) == 200
    assert listing(node, "/none") == listing(node, "/f1") == []


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
    monkeypatch.setattr(asks, "LARGEST", 30_000)
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


def test_processes_are_found_by_pid_namespace(ask):
    assert any(name.startswith(("python", "pytest")) for name in ask({"ask": "processes"})["names"])


@pytest.fixture
def shell(node, monkeypatch):
    """Run a line of shell as a program of the container. It stays in the network of this server."""
    monkeypatch.setattr(asks.syscalls, "network_of", lambda pid: contextlib.nullcontext())
    return lambda line, **more: asyncio.run(run(node, "/bin/sh", "-c", line, **more))


def test_a_program_has_its_status_output_and_errors(shell):
    assert shell("echo out; echo err >&2; exit 3") == (3, b"out\n", b"err\n")


@pytest.mark.parametrize("given", [b"", b"some lines\n" * 20_000])
def test_a_program_reads_what_it_is_given(shell, given):
    assert shell("cat", stdin=given) == (0, given, b"")


def test_a_program_that_says_too_much_is_ended(shell):
    began = time.monotonic()
    with pytest.raises(NoAnswer, match="More than 1000 bytes"):
        shell("head -c 2000 /dev/zero; sleep 60", limit=1000)
    assert time.monotonic() - began < 30


def test_a_program_whose_time_is_over_is_ended(node, shell, tmp_path):
    pid = tmp_path / "pid"

    async def too_long():
        async with asyncio.timeout(0.5):
            await run(node, "/bin/sh", "-c", f"echo $$ >{pid}; exec sleep 60")

    with pytest.raises(TimeoutError):
        asyncio.run(too_long())
    assert not Path(f"/proc/{pid.read_text().strip()}").exists()
