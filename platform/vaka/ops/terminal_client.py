"""Types into a node's terminal through the gateway, and waits for the prompt after each line."""

import json
import re
import time
from ssl import SSLContext
from typing import Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from labs.engine.runtime.shell import until_taken, without_escapes
from labs.engine.shared import pace
from vaka.ops.site_client import Unexpected

PROMPT_AT_END = re.compile(r"(?:^|\n)[^\n]{0,60}[#$>] ?$")  # of a shell, of vtysh, or inside a here-document
SILENCE = pace.seconds(20.0)  # the longest time without output before a prompt
RUNNING = pace.seconds(120.0)  # the longest time that a program may run which goes on printing
QUIET = 0.05  # seconds without output after which what looks like a prompt is one


def plain(output: bytes) -> str:
    """Return the text of a terminal's output, without escape sequences and carriage returns."""
    return without_escapes(output).replace("\r", "")


def is_prompt(text: str) -> bool:
    return bool(PROMPT_AT_END.search(text))


def is_answered(text: str, line: str) -> bool:
    """Whether the text ends with a prompt below the echo of the line.

    A busy node draws its last prompt late. That one is no answer: it would be taken for the answer to each line after it. A
    terminal breaks a long line, so white space is not compared.
    """
    typed = "".join(line.split())
    return is_prompt(text) and (not typed or bool("".join(text.split()).partition(typed)[2]))


class TerminalClient:
    """One open terminal."""

    def __init__(self, url: str, token: str, origin: str, tls: SSLContext | None = None) -> None:
        self.node_says = b""
        self.drawn = 0
        self._connection = connect(
            url, origin=Origin(origin), ssl=tls, max_size=None, proxy=None, close_timeout=pace.seconds(1)
        )
        self.socket: ClientConnection = self._connection.__enter__()
        self.socket.send(json.dumps({"token": token, "rows": 24, "cols": 200}))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.__exit__(None, None, None)

    def wait_for_prompt(self, seconds: float = SILENCE, after: str = "") -> str:
        """Return the output up to the next prompt below the typed line ``after``.

        Raises Unexpected if the node is silent for so many seconds, or if it prints for longer than RUNNING.
        """
        began = heard = time.monotonic()
        while True:
            is_there = is_answered(plain(self.node_says), after)
            drawn = self.drawn
            told = self.receive(QUIET if is_there else min(1.0, heard + seconds - time.monotonic()))
            if not told and is_there:
                said, self.node_says = plain(self.node_says), b""
                return said
            now = time.monotonic()
            heard = now if self.drawn > drawn else heard
            if now > min(heard + seconds, began + RUNNING):
                raise Unexpected(f"No prompt came within {now - began:.0f} s. The terminal says: {self._end()!r}")

    def type(self, line: str) -> str:
        """Type a line and return what the node says until its next prompt."""

        def type_it() -> str:
            self.socket.send(line.encode() + b"\r")
            return self.wait_for_prompt(after=line)

        return until_taken(type_it)

    def receive(self, seconds: float) -> bool:
        """Receive one message. Returns False if none came in time."""
        try:
            message = self.socket.recv(timeout=max(seconds, 0.0))
        except TimeoutError:
            return False
        except ConnectionClosed as closed:
            raise Unexpected(f"The terminal closed ({closed}). Its last output: {self._end()!r}") from None
        if isinstance(message, bytes):
            self.node_says += message
            self.drawn += len(message)
            self.socket.send(json.dumps({"ack": self.drawn}))
            return True
        news = json.loads(message)
        if "closed" in news or "exited" in news:
            raise Unexpected(f"The terminal ended: {news.get('closed', 'its shell has ended')}")
        return True

    def _end(self) -> str:
        return plain(self.node_says)[-200:]
