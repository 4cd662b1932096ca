"""uvicorn for our two applications: ``python -m vaka.ops.serve vaka.asgi:application --port 8000``.

uvicorn wakes up ten times a second to see whether it should end. Ours hears of its end at once, and wakes up once a second.
"""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from contextlib import suppress
from types import FrameType

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# A larger frame is refused before it is in memory: keys come in 64 KB at most, and a stranger needs no terminal token to send one
LARGEST_FRAME = 128 << 10
LARGEST_HEAD = 64 << 10  # bytes of a request before its body: cookies and addresses take a few KB
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
GRACE = 1  # seconds for answers under way at the end
TICK = 1.0  # seconds; the Date of an answer is as old as that at most
FAILED = 3  # the status of a server that could not begin


class Protocol(HttpToolsProtocol):
    """HTTP whose heads are bounded: the parser keeps a line and headers of any length in memory until they end."""

    head, telling = 0, False  # bytes of the head that is being told; whether one is

    def on_message_begin(self) -> None:
        self.head, self.telling = 0, True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self.telling = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.telling:
            self.head += len(data)
            if self.head > LARGEST_HEAD and not self.transport.is_closing():
                self.transport.write(TOO_LARGE)
                self.transport.close()


class Server(uvicorn.Server):
    """A server that sleeps when nobody asks for anything."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None

    async def main_loop(self) -> None:
        told = asyncio.Event()
        self._told = asyncio.get_running_loop(), told
        while not await self.on_tick(0):  # the number at which it makes the Date anew
            with suppress(TimeoutError):
                await asyncio.wait_for(told.wait(), TICK)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._told:
            loop, told = self._told
            loop.call_soon_threadsafe(told.set)


def words(given: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(prog="vaka.ops.serve", description="Serve an ASGI application.")
    parser.add_argument("app", help="module:name")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ssl-certfile")
    parser.add_argument("--ssl-keyfile")
    parser.add_argument("--lifespan", choices=("on", "off"), default="off")
    return parser.parse_args(given)


def main() -> None:
    config = uvicorn.Config(
        **vars(words()),
        http=Protocol,
        ws_max_size=LARGEST_FRAME,
        timeout_graceful_shutdown=GRACE,
        server_header=False,
        log_level="info",
    )
    server = Server(config)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
