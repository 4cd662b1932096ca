"""A terminal of a lab in one's own terminal, for who tries a lab: ``python -m labs.engine.runtime.console RELAY SESSION NODE``.

Ctrl-] leaves; the shell stays, and the same words open it again.
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
from labs.engine.runtime.client import Session
from labs.engine.runtime.conversation import Conversation
from labs.engine.shared.wire import Kind

LEAVE = b"\x1d"  # Ctrl-]
LONG = 7 * 24 * 3600.0


def main(relay: str, session: str, node: str) -> int:
    """Join this terminal to the node's, until its shell or its lab ends, or Ctrl-] is pressed."""
    columns, rows = shutil.get_terminal_size()
    talk = Session(Path(relay), session).open_terminal(node, "author", rows=rows, cols=columns)
    pen = threading.Lock()
    ended: list[str] = []

    def resize(*_signal: object) -> None:
        columns, rows = shutil.get_terminal_size()
        with pen:
            talk.send_json({"resize": [rows, columns]})

    def show() -> None:
        try:
            _show(talk, pen)
        except EngineError as error:
            ended.append(str(error))
        os.kill(os.getpid(), signal.SIGUSR1)  # wakes who waits for a key

    signal.signal(signal.SIGWINCH, resize)
    signal.signal(signal.SIGUSR1, _over)
    with _raw():
        threading.Thread(target=show, daemon=True).start()
        with suppress(_Over):
            while (keys := os.read(0, 4096)) and LEAVE not in keys:
                with pen:
                    talk.send(keys)
    talk.close()
    for sentence in ended:
        print(sentence, file=sys.stderr)
    return 1 if ended else 0


class _Over(Exception):
    pass


def _over(*_signal: object) -> None:
    raise _Over


def _show(talk: Conversation, pen: threading.Lock) -> None:
    drawn = 0
    while frame := talk.receive(LONG):
        if frame.kind is Kind.DATA:
            os.write(1, frame.payload)
            drawn += len(frame.payload)
            with pen:
                talk.send_json({"ack": drawn})


@contextmanager
def _raw() -> Iterator[None]:
    """Each key as it is pressed; a stream that is no terminal stays as it is."""
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
