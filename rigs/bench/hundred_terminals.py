"""Measures a hundred terminals in which people type five keys a second, compared with as many bare execs."""

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, Self

from django.conf import settings
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from labs.engine.definition.spec import Lab
from labs.engine.runtime.driver import OWNER
from labs.terminals import tokens
from rigs.bench.bench_site import BenchSite
from rigs.bench.cold_start import MEGABYTE
from rigs.bench.echo import raw_socket
from rigs.bench.figures import percentile
from vaka.accounts.models import User
from vaka.ops.errors import CannotStart

EACH = 5  # terminals of a learner
REST = 0.2  # seconds between two keys
KEY = b"x"
PATIENCE = 20.0


class Terminal(Protocol):
    async def send(self, keys: bytes) -> None: ...

    async def receive(self) -> bytes: ...


class Ours:
    """A browser's terminal."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket, self.drawn = socket, 0

    @classmethod
    async def open(cls, token: str) -> Self:
        here = f"127.0.0.1:{settings.GATEWAY_PORT}"
        socket = await connect(f"ws://{here}/terminal", origin=Origin(f"http://{here}"), proxy=None, compression=None)
        await socket.send(json.dumps({"token": token, "rows": 24, "cols": 80}))
        return cls(socket)

    async def send(self, keys: bytes) -> None:
        await self.socket.send(keys)

    async def receive(self) -> bytes:
        while True:
            message = await self.socket.recv()
            if isinstance(message, bytes):
                self.drawn += len(message)
                await self.socket.send(json.dumps({"ack": self.drawn}))
                return message
            if "closed" in json.loads(message):
                raise CannotStart(f"The gateway closed a terminal: {json.loads(message)['closed']}")


class Bare:
    """``docker exec -it CONTAINER bash``."""

    def __init__(self, api: Any, container: str, user: str) -> None:
        made = api.exec_create(container, ["bash"], stdin=True, tty=True, user=user)
        self.socket = raw_socket(api.exec_start(made["Id"], tty=True, socket=True))
        self.socket.setblocking(False)

    async def send(self, keys: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.socket, keys)

    async def receive(self) -> bytes:
        return await asyncio.get_running_loop().sock_recv(self.socket, 65_536)


def hundred_terminals(site: BenchSite, lab: Lab, sessions: dict[User, str], keys: int) -> dict[str, float]:
    """Type into five terminals of each session, then into as many execs. Returns the gateway's memory for each terminal."""
    nodes = [name for name, node in lab.nodes.items() if node.learner and node.has_shell]
    opened = [
        tokens.issue(who.pk, session, nodes[number % len(nodes)], f"t{number}", tokens.Mode.CONTROL)
        for who, session in sessions.items()
        for number in range(EACH)
    ]
    before = own_memory(site.processes["gateway"])
    times, after = asyncio.run(_with_ours(site, opened, keys))
    bare = asyncio.run(_with_bare(site, list(sessions.values()), keys))
    ours_ms, bare_ms = percentile(times, 0.95) * 1000, percentile(bare, 0.95) * 1000
    site.tell(f"echo of {len(opened)} terminals, 95th percentile  {ours_ms:.2f} ms, execs {bare_ms:.2f} ms")
    return {
        "echo100_p95_ms": ours_ms,
        "exec100_p95_ms": bare_ms,
        "gateway_mb_each": max(0, after - before) / len(opened) / MEGABYTE,
    }


async def _with_ours(site: BenchSite, opened: Sequence[str], keys: int) -> tuple[list[float], int]:
    terminals = [await Ours.open(token) for token in opened]
    times = await _type_into(terminals, keys)
    after = own_memory(site.processes["gateway"])
    await asyncio.gather(*(terminal.socket.close() for terminal in terminals))
    return times, after


async def _with_bare(site: BenchSite, sessions: Sequence[str], keys: int) -> list[float]:
    api = site.engine.client.api
    terminals = []
    for session in sessions:
        found = site.engine.container_of(session)
        if found is None:
            raise CannotStart("A lab's container is gone.")
        owner = api.inspect_container(found.container)["Config"]["Labels"][OWNER]
        terminals += [Bare(api, found.container, owner) for _ in range(EACH)]
    times = await _type_into(terminals, keys)
    for terminal in terminals:
        terminal.socket.close()
    return times


async def _type_into(terminals: Sequence[Terminal], keys: int) -> list[float]:
    """Return the seconds of each echo. Keys are spread over time, as people press them."""
    apart = REST / len(terminals)
    typed = await asyncio.gather(*(_type(terminal, number * apart, keys) for number, terminal in enumerate(terminals)))
    return [seconds for each in typed for seconds in each]


async def _type(terminal: Terminal, after: float, keys: int) -> list[float]:
    async with asyncio.timeout(PATIENCE):  # until the prompt came and the terminal is quiet
        await terminal.receive()
    await asyncio.sleep(1 + after)
    took = []
    for _key in range(keys):
        began = time.monotonic()
        await terminal.send(KEY)
        async with asyncio.timeout(PATIENCE):
            while KEY not in await terminal.receive():
                pass
        took.append(time.monotonic() - began)
        await asyncio.sleep(max(0.0, REST - took[-1]))
    return took


def own_memory(pid: int) -> int:
    """Return the bytes of a process with its share of shared pages (PSS)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
