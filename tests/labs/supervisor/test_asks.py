"""Questions to a node whose files and programs are hostile. The files are real ones, in a folder."""

import asyncio
import contextlib
import os
import time
from pathlib import Path

import pytest

from labs.supervisor import asks
from labs.supervisor.asks import ANSWERERS, NoAnswer, answers, listing, patience, run


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


def test_a_wait_for_an_answer_is_as_much_longer_as_the_server_is_slower(monkeypatch):
    assert (patience({"seconds": 2}, 1.0), patience({}, 1.0)) == (2.0, 1.0)
    monkeypatch.setenv("VAKA_PACE", "4")
    assert (patience({"seconds": 2}, 1.0), patience({}, 1.0)) == (8.0, 4.0)


def test_an_ask_that_names_its_seconds_is_not_cut_off_earlier_on_a_slow_server(ask, monkeypatch):
    monkeypatch.setenv("VAKA_PACE", "30")
    monkeypatch.setattr(asks, "SLACK", 0.0)

    @answers("late")
    async def _late(space, question, space_of):
        await asyncio.sleep(0.2)
        return {}

    try:
        assert ask({"ask": "late", "seconds": 0.1})["ok"]
    finally:
        ANSWERERS.pop("late")
