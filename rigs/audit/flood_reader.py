"""A fast browser: types a line into terminals of a node and acknowledges all output at once.

It is a process of its own, because it is busy while the audit measures. Arguments: relay, session, node, number of terminals, line.
"""

import sys
import threading
from contextlib import suppress
from pathlib import Path

from labs.engine.errors import EngineError
from labs.engine.runtime.client import LabClient
from labs.engine.shared.wire import Kind


def read_all(client: LabClient, node: str, name: str, line: str) -> None:
    with suppress(EngineError), client.open_terminal(node, name, rows=50, cols=200) as talk:
        talk.send(line.encode() + b"\r")
        drawn = 0
        while frame := talk.receive(60):
            if frame.kind is Kind.DATA:
                drawn += len(frame.payload)
                talk.send_json({"ack": drawn})


def main(relay: str, session: str, node: str, count: str, line: str) -> None:
    found = LabClient(Path(relay), session)
    threads = [threading.Thread(target=read_all, args=(found, node, f"flood{n}", line)) for n in range(int(count))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
