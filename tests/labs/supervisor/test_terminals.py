"""The record, the window and the pace of a terminal. Pseudoterminals and programs are real ones, of this user."""

import asyncio
import os
import subprocess

import pytest

from labs.engine.shared import pace
from labs.supervisor import terminals
from labs.supervisor.terminals import CHUNK, RING, WINDOW, Terminal, Viewer


class Screen:
    """A browser, with the bytes and the messages that it received."""

    def __init__(self, *, control=True):
        self.got, self.told = bytearray(), []
        self.viewer = Viewer(control=control, send=self.got.extend, tell=self.told.append)


def test_a_controlling_viewer_gets_all_output_as_its_window_opens():
    screen = Screen()
    screen.viewer.push(b"a" * WINDOW)
    screen.viewer.push(b"b" * 10)
    assert len(screen.got) == WINDOW
    assert bytes(screen.viewer.waiting) == b"b" * 10
    screen.viewer.acknowledged = 4
    screen.viewer.flush()
    assert bytes(screen.got[-4:]) == b"bbbb"
    screen.viewer.acknowledged = WINDOW
    screen.viewer.flush()
    assert (len(screen.got), screen.told) == (WINDOW + 10, [])


def test_an_observer_that_falls_behind_loses_output_and_is_told_how_much():
    screen = Screen(control=False)
    screen.viewer.push(b"a" * WINDOW)
    screen.viewer.push(b"b" * 10)
    screen.viewer.push(b"c" * 7)
    screen.viewer.acknowledged = WINDOW
    screen.viewer.push(b"d")
    assert bytes(screen.got[WINDOW:]) == b"d"
    assert screen.told == [{"lost": 17}]
    screen.viewer.push(b"e")
    assert screen.told == [{"lost": 17}]


def test_output_that_exactly_fills_the_window_is_sent():
    screen = Screen(control=False)
    screen.viewer.push(b"a" * (WINDOW - 1))
    screen.viewer.push(b"b")
    assert screen.viewer.room == 0
    screen.viewer.push(b"c")
    assert screen.viewer.lost == 1


class Space:
    """A node whose shell is any command of this server."""

    name = "h1"

    def __init__(self, *command):
        self.command = command

    def open_pty(self):
        ours, theirs = os.openpty()
        os.set_blocking(ours, False)
        return ours, theirs

    def spawn(self, command, stdin, stdout, stderr, *, terminal=False):
        assert terminal
        self.process = subprocess.Popen(self.command, stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=True)
        self.process.returncode = 0  # the terminal reaps it
        return self.process.pid


def played(command, act, seconds=3.0):
    """Open a terminal with this command and run ACT on it."""

    async def all_of():
        ended = asyncio.Event()
        terminal = Terminal(Space(*command), "1", 24, 80, lambda _: ended.set())
        try:
            async with asyncio.timeout(seconds):
                return await act(terminal, ended)
        finally:
            terminal.hang_up()
            await ended.wait()

    return asyncio.run(all_of())


async def until(true):
    while not true():
        await asyncio.sleep(0.005)


def test_output_of_a_shell_is_sent_and_kept_and_its_status_is_reported():
    async def act(terminal, ended):
        first, second = Screen(), Screen()
        terminal.attach(first.viewer)
        terminal.type(b"7\n")
        await ended.wait()
        return bytes(first.got), bytes(terminal.ring), terminal.exited, second

    got, ring, exited, _ = played(["sh", "-c", "stty -echo; read n; echo got $n; exit $n"], act)
    assert got == ring
    assert b"got 7\r\n" in got
    assert exited == 7


def test_a_later_viewer_gets_the_record_first():
    async def act(terminal, ended):
        await until(lambda: b"hello" in terminal.ring)
        screen = Screen()
        terminal.attach(screen.viewer)
        return bytes(screen.got)

    assert b"hello" in played(["sh", "-c", "echo hello; sleep 60"], act)


def test_the_record_is_limited(monkeypatch):
    monkeypatch.setattr(terminals, "RATE", 1 << 35)
    monkeypatch.setattr(terminals, "BURST", 1 << 30)

    async def act(terminal, ended):
        await until(lambda: terminal.printed > 2 * RING)
        return len(terminal.ring)

    assert played(["yes"], act) <= RING


def test_a_shell_is_not_read_while_the_controlling_viewer_is_behind():
    async def act(terminal, ended):
        screen, observer = Screen(), Screen(control=False)
        terminal.attach(screen.viewer)
        terminal.attach(observer.viewer)
        await until(lambda: screen.viewer.room <= CHUNK)
        await asyncio.sleep(0.05)
        before = terminal.printed
        await asyncio.sleep(0.05)
        assert terminal.printed == before
        assert before <= WINDOW
        terminal.acknowledge(screen.viewer, screen.viewer.sent)
        await until(lambda: terminal.printed > before)
        return True

    assert played(["yes"], act)


@pytest.mark.parametrize("total", [-1, 1 << 60])
def test_a_false_acknowledgement_does_not_enlarge_the_window(total):
    async def act(terminal, ended):
        screen = Screen()
        terminal.attach(screen.viewer)
        await until(lambda: screen.viewer.sent > 0)
        terminal.acknowledge(screen.viewer, total)
        return screen.viewer.room

    assert 0 <= played(["yes"], act) <= WINDOW


def test_a_shell_is_read_again_when_the_controlling_viewer_leaves():
    async def act(terminal, ended):
        screen = Screen()
        terminal.attach(screen.viewer)
        await until(lambda: screen.viewer.room <= CHUNK)
        before = terminal.printed
        terminal.detach(screen.viewer)
        await until(lambda: terminal.printed > before)
        return True

    assert played(["yes"], act)


@pytest.mark.parametrize("factor", [1, 10])
def test_endless_output_is_read_at_a_rate_that_follows_the_machine(monkeypatch, factor):
    monkeypatch.setenv(pace.VARIABLE, str(factor))
    monkeypatch.setattr(terminals, "RATE", 1_000_000)
    monkeypatch.setattr(terminals, "BURST", 100_000)

    async def act(terminal, ended):
        await asyncio.sleep(0.4)
        return terminal.printed

    assert played(["yes"], act) <= 100_000 + 0.5 * 1_000_000 / factor + 2 * CHUNK


def test_unread_keys_are_limited():
    async def act(terminal, ended):
        for _ in range(40):
            terminal.type(b"x" * 32_768)
        return len(terminal.keys)

    assert played(["sleep", "60"], act) <= terminals.PENDING_KEYS


@pytest.mark.parametrize(("rows", "cols", "size"), [(30, 100, "30 100"), (0, -5, "2 2"), (10**9, 10**9, "500 1000")])
def test_the_size_of_a_terminal_is_limited(rows, cols, size):
    async def act(terminal, ended):
        terminal.resize(rows, cols)
        terminal.type(b"\n")
        await ended.wait()
        return bytes(terminal.ring)

    assert size.encode() in played(["sh", "-c", "read n; stty size"], act)
