"""A terminal of a lab into which the audit types."""

import os
import re
import time
from contextlib import suppress

from labs.engine.errors import RelayGone, TookTooLong
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.runner import ESCAPES
from labs.engine.shared.wire import Kind as Frame
from rigs.audit.time_limits import within


class AuditTerminal:
    """A terminal into which lines are typed, and its output."""

    def __init__(self, client: LabClient, node: str, name: str) -> None:
        self.talk = client.open_terminal(node, name, rows=50, cols=400)
        self._drawn = 0
        self.text = ""

    def type(self, line: str) -> None:
        self.talk.send(line.encode() + b"\r")

    def until(self, pattern: re.Pattern[str], seconds: float) -> re.Match[str]:
        """Read until the output matches the pattern. Raises TookTooLong."""
        until = time.monotonic() + seconds
        while not (found := pattern.search(self.text)):
            frame = self.talk.receive(max(0.01, until - time.monotonic()))
            if frame is None:
                raise TookTooLong("The terminal has ended.")
            if frame.kind is Frame.DATA:
                self.has_drawn(frame.payload)
                self.text = (self.text + ESCAPES.sub("", frame.payload.decode(errors="replace")))[-65_536:]
        self.text = self.text[found.end() :]
        return found

    def has_drawn(self, output: bytes) -> None:
        self._drawn += len(output)
        with suppress(RelayGone):  # the shell has ended; its last output is still to be read
            self.talk.send_json({"ack": self._drawn})

    def echo(self) -> None:
        """Check that the shell answers. The typed line does not contain the answer."""
        mark = os.urandom(4).hex()
        self.type(f"echo a''{mark}")
        self.until(re.compile(f"a{mark}"), within(5))

    def close(self) -> None:
        self.talk.close()
