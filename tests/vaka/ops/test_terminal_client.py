import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from websockets.sync.server import ServerConnection, serve

from vaka.ops import terminal_client
from vaka.ops.site_client import Unexpected
from vaka.ops.terminal_client import TerminalClient, is_answered, is_prompt, plain


@contextmanager
def terminal_that(prints: Callable[[ServerConnection], None]) -> Iterator[TerminalClient]:
    """Open a terminal on a node that prints this."""

    def node(connection: ServerConnection) -> None:
        connection.recv()  # token and size
        prints(connection)
        for _acknowledged in connection:
            pass

    with serve(node, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        port = server.socket.getsockname()[1]
        try:
            with TerminalClient(f"ws://127.0.0.1:{port}/", "token", f"http://127.0.0.1:{port}") as terminal:
                yield terminal
        finally:
            server.shutdown()
            thread.join()


def test_a_program_that_prints_may_run_for_longer_than_a_node_may_be_silent():
    def plays(connection: ServerConnection) -> None:
        for router in range(6):
            connection.send(f"changed: [r{router}]\r\n".encode())
            time.sleep(0.2)
        connection.send(b"root@noc:~# ")

    with terminal_that(plays) as terminal:
        assert terminal.wait_for_prompt(0.8).endswith("root@noc:~# ")


def test_a_node_that_is_silent_is_not_waited_for():
    with (
        terminal_that(lambda connection: connection.send(b"PLAY [banner]")) as terminal,
        pytest.raises(Unexpected, match="PLAY"),
    ):
        terminal.wait_for_prompt(0.2)


def test_a_program_that_prints_without_end_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(terminal_client, "RUNNING", 0.3)

    def pings(connection: ServerConnection) -> None:
        for _reply in range(20):
            connection.send(b"64 bytes from 2001:db8::1\r\n")
            time.sleep(0.1)

    with terminal_that(pings) as terminal, pytest.raises(Unexpected, match="64 bytes"):
        terminal.wait_for_prompt(1.0)


def test_a_prompt_of_each_program_is_known():
    for prompt in ("root@r1:~# ", "r1# ", "r1(config-router)# ", "[root@h1 /]$ ", "root@r1:~# vtysh\n\nr1# ", "> "):
        assert is_prompt(prompt), prompt
    for other in ("", "Building Configuration...\n", "# a comment goes by\n", "64 bytes from 2001:db8::1: seq=1"):
        assert not is_prompt(other), other


def test_escape_sequences_are_no_text():
    assert plain(b"\x1b[?2004h\x1b]0;r1: ~\x07\x1b[01;32mroot@r1\x1b[00m:~# ") == "root@r1:~# "


def test_a_prompt_that_comes_late_is_no_answer_to_the_next_line():
    assert not is_answered("r1(config)# ", "interface lo")
    assert not is_answered("r1(config)# interface lo", "interface lo")
    assert is_answered("r1(config)# interface lo\nr1(config-if)# ", "interface lo")


def test_a_long_line_that_the_terminal_breaks_is_still_its_echo():
    assert is_answered("echo one two th ree\nroot@r1:~# ", "echo one two three")


def test_without_a_line_any_prompt_is_an_answer():
    assert is_answered("root@r1:~# ", "")
    assert is_answered("\nroot@r1:~# ", " ")
