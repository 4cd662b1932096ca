"""Connects an author's terminal to a node: ``python -m labs.engine.runtime.console RELAY SESSION NODE``.

Ctrl-] leaves. The shell goes on, and the same command opens it again.
"""

import os
import shutil
import signal
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from labs.engine.errors import EngineError
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.conversation import Conversation
from labs.engine.shared.wire import Kind

LEAVE = b"\x1d"  # Ctrl-]
LONGEST = 7 * 24 * 3600.0  # seconds without output


def main(relay: str, session: str, node: str) -> int:
    """Connect this terminal to the node until the shell or the lab ends, or Ctrl-] is pressed. Return the exit status."""
    columns, rows = shutil.get_terminal_size()
    conversation = LabClient(Path(relay), session).open_terminal(node, "author", rows=rows, cols=columns)
    sending = threading.Lock()
    errors: list[str] = []

    def resize(*_signal: object) -> None:
        columns, rows = shutil.get_terminal_size()
        with sending:
            conversation.send_json({"resize": [rows, columns]})

    def show() -> None:
        try:
            _show(conversation, sending)
        except EngineError as error:
            errors.append(str(error))
        os.kill(os.getpid(), signal.SIGUSR1)  # interrupts the read of standard input

    signal.signal(signal.SIGWINCH, resize)
    signal.signal(signal.SIGUSR1, _stop)
    with _raw():
        threading.Thread(target=show, daemon=True).start()
        with suppress(_Ended):
            while (keys := os.read(0, 4096)) and LEAVE not in keys:
                with sending:
                    conversation.send(keys)
    conversation.close()
    for error in errors:
        print(error, file=sys.stderr)
    return 1 if errors else 0


class _Ended(Exception):
    pass


def _stop(*_signal: object) -> None:
    raise _Ended


def _show(conversation: Conversation, sending: threading.Lock) -> None:
    drawn = 0
    while frame := conversation.receive(LONGEST):
        if frame.kind is Kind.DATA:
            os.write(1, frame.payload)
            drawn += len(frame.payload)
            with sending:
                conversation.send_json({"ack": drawn})


@contextmanager
def _raw() -> Iterator[None]:
    """Read each key when it is pressed. If standard input is not a terminal, change nothing."""
    if not os.isatty(0):
        yield
        return
    before = termios.tcgetattr(0)
    tty.setraw(0)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
        print("\r")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        sys.exit(main(*sys.argv[1:]))
    except EngineError as error:
        sys.exit(str(error))
