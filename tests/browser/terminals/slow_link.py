"""A link between browser and gateway that can be slow, and can be cut: a TCP proxy on loopback."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator

SMALL = 8192  # so that little waits in the kernel: a slow link would not hold more


class SlowLink:
    def __init__(self, to_port: int) -> None:
        self.to_port = to_port
        self.rate: float | None = None  # bytes a second towards the browser; they come packed
        self.is_cut = False
        self.writers: set[asyncio.StreamWriter] = set()
        self.loop = asyncio.new_event_loop()
        self.port = 0

    def cut(self) -> None:
        self.is_cut = True
        self.loop.call_soon_threadsafe(lambda: [writer.transport.abort() for writer in list(self.writers)])

    def mend(self) -> None:
        self.is_cut = False

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, slow: bool) -> None:
        self.writers.add(writer)
        with contextlib.suppress(OSError):
            while received := await reader.read(int(self.rate / 10) if slow and self.rate else SMALL):
                if slow and self.rate:
                    await asyncio.sleep(len(received) / self.rate)
                writer.write(received)
                await writer.drain()
        self.writers.discard(writer)
        writer.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.transport.abort()
            return
        far = socket.socket()
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        far.setblocking(False)
        await self.loop.sock_connect(far, ("127.0.0.1", self.to_port))
        far_reader, far_writer = await asyncio.open_connection(sock=far, limit=SMALL)
        await asyncio.gather(
            self._carry(reader, far_writer, slow=False),
            self._carry(far_reader, writer, slow=True),
        )

    async def _serve(self, started: threading.Event) -> None:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=SMALL)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        with contextlib.suppress(asyncio.CancelledError):
            await server.serve_forever()

    @contextlib.contextmanager
    def open(self) -> Iterator["SlowLink"]:
        with in_thread(self.loop, self._serve):
            yield self


@contextlib.contextmanager
def in_thread(loop: asyncio.AbstractEventLoop, serve) -> Iterator[None]:
    """Run ``serve(started)`` in a loop in a thread until the block ends."""
    started = threading.Event()
    task = None

    def run() -> None:
        nonlocal task
        asyncio.set_event_loop(loop)
        task = loop.create_task(serve(started))
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        rest = asyncio.all_tasks(loop)
        for each in rest:
            each.cancel()
        loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(5)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(5)
