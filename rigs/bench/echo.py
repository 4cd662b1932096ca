"""Measures the echo of a terminal through our whole path, compared with a bare ``docker exec`` in the same container."""

import json
import socket
import time
from typing import Any, Protocol

from django.conf import settings
from websockets.sync.client import connect
from websockets.typing import Origin

from labs.engine.definition.spec import Lab
from labs.engine.runtime.driver import OWNER
from labs.terminals import tokens
from rigs.bench import learner
from rigs.bench.bench_site import BenchSite
from rigs.bench.figures import percentile
from vaka.ops.errors import CannotStart

KEY = b"x"
KILL_LINE = b"\x15"
LINE = 40  # keys before the input line is cleared
REST = 0.015  # seconds between two keys
PATIENCE, QUIET = 10.0, 0.3


class Terminal(Protocol):
    """A terminal of a shell: it takes keys and returns output."""

    def send(self, keys: bytes) -> None: ...

    def receive(self, seconds: float) -> bytes:
        """Return new output. Raises TimeoutError if there is none."""

    def close(self) -> None: ...


class Ours:
    """A browser's terminal: WebSocket, gateway, relay, exec, supervisor, pty."""

    def __init__(self, token: str) -> None:
        here = f"127.0.0.1:{settings.GATEWAY_PORT}"
        self._socket = connect(f"ws://{here}/terminal", origin=Origin(f"http://{here}"), proxy=None, close_timeout=1)
        self._socket.send(json.dumps({"token": token, "rows": 24, "cols": 80}))
        self._drawn = 0

    def send(self, keys: bytes) -> None:
        self._socket.send(keys)

    def receive(self, seconds: float) -> bytes:
        while True:
            message = self._socket.recv(timeout=seconds)
            if isinstance(message, bytes):
                self._drawn += len(message)
                self._socket.send(json.dumps({"ack": self._drawn}))
                return message
            if "closed" in json.loads(message):
                raise CannotStart(f"The gateway closed the terminal: {json.loads(message)['closed']}")

    def close(self) -> None:
        self._socket.close()


def raw_socket(stream: Any) -> socket.socket:
    """Return the raw socket of docker-py. Its own reader buffers, and warns when it is dropped."""
    ours: socket.socket = stream._sock.dup()
    stream._response.close()
    return ours


class Bare:
    """``docker exec -it CONTAINER COMMAND``, by docker-py."""

    def __init__(self, api: Any, container: str, command: list[str], user: str = "") -> None:
        made = api.exec_create(container, command, stdin=True, tty=True, user=user)
        self._socket = raw_socket(api.exec_start(made["Id"], tty=True, socket=True))

    def send(self, keys: bytes) -> None:
        self._socket.sendall(keys)

    def receive(self, seconds: float) -> bytes:
        self._socket.settimeout(seconds)
        return self._socket.recv(65_536)

    def close(self) -> None:
        self._socket.settimeout(1)
        self._socket.sendall(b"exit\r")
        self._socket.close()


def echo(site: BenchSite, session: str, lab: Lab, node: str, keys: int) -> dict[str, float]:
    """Press ``keys`` keys in each of the two terminals, in turn."""
    terminals: dict[str, Terminal] = {
        "echo_p95_ms": Ours(_token(session, lab, node)),
        "exec_p95_ms": _bare_shell(site, session),
    }
    took: dict[str, list[float]] = {name: [] for name in terminals}
    try:
        for pressed in range(keys):
            for name, terminal in terminals.items():
                if pressed % LINE == 0:
                    _empty(terminal)
                time.sleep(REST)
                took[name].append(_press(terminal) * 1000)
    finally:
        for terminal in terminals.values():
            terminal.close()
    return {name: percentile(values, 0.95) for name, values in took.items()}


def _bare_shell(site: BenchSite, session: str) -> Bare:
    api = site.engine.client.api
    found = site.engine.container_of(session)
    if found is None:
        raise CannotStart("The lab is gone.")
    owner = api.inspect_container(found.container)["Config"]["Labels"][OWNER]
    return Bare(api, found.container, ["bash"], user=owner)


def _token(session: str, lab: Lab, node: str) -> str:
    learner.has(session, lab)
    return tokens.issue(learner.learner().pk, session, node, "echo", tokens.Mode.CONTROL)


def _empty(terminal: Terminal) -> None:
    """Clear the input line and wait until the terminal is quiet."""
    terminal.send(KILL_LINE)
    try:
        while terminal.receive(QUIET):
            pass
    except TimeoutError:
        return


def _press(terminal: Terminal) -> float:
    """Return the seconds from a key to its echo."""
    began = time.monotonic()
    terminal.send(KEY)
    while KEY not in terminal.receive(PATIENCE):
        pass
    return time.monotonic() - began
