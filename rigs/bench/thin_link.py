"""A thin link between a browser and the site: a proxy on loopback that delays, narrows and loses what it carries.

A browser uses it by SOCKS5, for HTTP and for WebSockets alike, whatever their ports. It imitates TCP over such a link: a new
connection takes a round trip, a sender has ten segments in flight and more with each acknowledgement (RFC 6928), and a lost
segment holds up all that follow it on its connection.
"""

import asyncio
import contextlib
import random
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

SEGMENT, HEADERS = 1460, 40  # bytes
FIRST_WINDOW, WINDOW = 10 * SEGMENT, 32 * 1024  # bytes in flight on one connection, at first and at most
LEAST_WINDOW = 2 * SEGMENT
SYN_AGAIN = 1.0  # seconds until a lost first segment is sent again
SMALL = 8192  # bytes that may wait in a kernel buffer: a thin link holds no more

VERSION, NO_AUTHENTICATION, CONNECT = 5, 0, 1
IPV4, NAME = 1, 3
DONE = bytes((VERSION, 0, 0, IPV4, 0, 0, 0, 0, 0, 0))


@dataclass(slots=True)
class Direction:
    """One direction of the link. All connections share its rate."""

    link: "ThinLink"
    free_at: float = 0.0

    async def pass_through(self, size: int) -> None:
        """Return when the last bit is on the way."""
        rate = self.link.rate
        if rate is None:
            return
        now = self.link.loop.time()
        self.free_at = max(self.free_at, now) + (size + HEADERS) / rate
        # A piece at a time, because the rate of a link may change meanwhile
        while self.link.rate is not None and (left := self.free_at - self.link.loop.time()) > 0:
            await asyncio.sleep(min(left, 0.1))
        if self.link.rate is None:
            self.free_at = 0.0


@dataclass(slots=True)
class Flow:
    """The bytes that one connection sends in one direction, in order."""

    direction: Direction
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    window: int = FIRST_WINDOW
    in_flight: int = 0
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        link = self.direction.link
        arriving: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()
        delivery = link.loop.create_task(self._deliver(arriving))
        try:
            while segment := await self.reader.read(SEGMENT):
                while self.in_flight and self.in_flight + len(segment) > self.window:
                    self.acknowledged.clear()
                    await self.acknowledged.wait()
                self.in_flight += len(segment)
                await self.direction.pass_through(len(segment))
                late = 0.0
                if link.chance.random() < link.loss:
                    late = 2 * link.delay + SEGMENT / (link.rate or SEGMENT * 1000)
                    self.window = max(LEAST_WINDOW, self.window // 2)
                arriving.put_nowait((link.loop.time() + link.delay + late, segment))
        except OSError:
            pass  # one of the two ends has gone
        finally:
            arriving.put_nowait(None)
            await delivery

    async def _deliver(self, arriving: asyncio.Queue[tuple[float, bytes] | None]) -> None:
        link = self.direction.link
        with contextlib.suppress(OSError):
            while arrives := await arriving.get():
                at, segment = arrives
                await asyncio.sleep(at - link.loop.time())
                self.writer.write(segment)
                await self.writer.drain()
                link.loop.call_later(link.delay, self._acknowledge, len(segment))
        self.writer.close()

    def _acknowledge(self, size: int) -> None:
        self.in_flight -= size
        self.window = min(WINDOW, self.window + size)
        self.acknowledged.set()


class ThinLink:
    """The proxy. ``delay`` is in seconds one way, ``rate`` in bytes a second, ``loss`` a share; they may change while it runs.

    With ``to_port`` it leads to that port of this server, and speaks no SOCKS.
    """

    def __init__(
        self, *, delay: float = 0.0, rate: float | None = None, loss: float = 0.0, to_port: int | None = None
    ) -> None:
        self.delay, self.rate, self.loss = delay, rate, loss
        self._to_port = to_port
        self.is_cut = False
        self.port = 0
        self.chance = random.Random(13)  # noqa: S311  # the same losses in each run
        self.loop = asyncio.new_event_loop()
        self._up, self._down = Direction(self), Direction(self)
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def proxy(self) -> dict[str, str]:
        """The proxy settings for Playwright; the bypass list makes Chromium use a proxy for loopback addresses too."""
        return {"server": f"socks5://127.0.0.1:{self.port}", "bypass": "<-loopback>"}

    def cut(self) -> None:
        """Break all connections, and refuse new ones."""
        self.is_cut = True
        self.loop.call_soon_threadsafe(self._abort)

    def _abort(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    def mend(self) -> None:
        self.is_cut = False

    @contextlib.contextmanager
    def open(self) -> Iterator["ThinLink"]:
        """Run the proxy in a thread of its own until the block ends."""
        started = threading.Event()
        thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        thread.start()
        started.wait(5)
        try:
            yield self
        finally:
            self.loop.call_soon_threadsafe(self.loop.stop)
            thread.join(5)

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", 0, limit=SMALL))
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self.loop.run_forever()
        self.is_cut = True
        # Accept no more, and let those come in that are accepted: a server that is closed leaves their sockets open
        for listening in server.sockets:
            self.loop.remove_reader(listening.fileno())
        self.loop.run_until_complete(_rounds())
        server.close()
        self._abort()
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self.loop.run_until_complete(_rounds())  # until each transport has heard that it is closed
        self.loop.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            if self.is_cut:
                writer.transport.abort()
                return
            host, port = ("127.0.0.1", self._to_port) if self._to_port else await _destination(reader, writer)
            far_reader, far_writer = await self._connect(host, port)
            self._writers.add(far_writer)
            await asyncio.sleep(2 * self.delay + (SYN_AGAIN if self.chance.random() < self.loss else 0))
            if not self._to_port:
                writer.write(DONE)
            up, down = Flow(self._up, reader, far_writer), Flow(self._down, far_reader, writer)
            await asyncio.gather(up.run(), down.run())
            self._writers.discard(far_writer)
        self._writers.discard(writer)
        writer.close()

    async def _connect(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        addresses = await self.loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=socket.AF_INET)
        far = socket.socket()
        try:
            far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
            far.setblocking(False)
            await self.loop.sock_connect(far, addresses[0][4])
            return await asyncio.open_connection(sock=far, limit=SMALL)
        except BaseException:
            far.close()
            raise


async def _rounds() -> None:
    """Let the loop go round a few times: a connection takes three from its arrival to its handler."""
    for _ in range(10):
        await asyncio.sleep(0)


async def _destination(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int]:
    """Return where a browser wants to go (RFC 1928)."""
    _version, methods = await reader.readexactly(2)
    await reader.readexactly(methods)
    writer.write(bytes((VERSION, NO_AUTHENTICATION)))
    _version, command, _reserved, kind = await reader.readexactly(4)
    if command != CONNECT:
        raise OSError("The browser asked for something other than a connection.")
    if kind == NAME:
        [length] = await reader.readexactly(1)
        host = (await reader.readexactly(length)).decode()
    elif kind == IPV4:
        host = socket.inet_ntop(socket.AF_INET, await reader.readexactly(4))
    else:
        host = socket.inet_ntop(socket.AF_INET6, await reader.readexactly(16))
    [port] = struct.unpack("!H", await reader.readexactly(2))
    return host, port
