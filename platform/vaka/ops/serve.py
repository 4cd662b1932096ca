"""uvicorn for the site and the gateway: ``python -m vaka.ops.serve vaka.asgi:application --port 8000``.

It differs from ``uvicorn`` on the command line in its limits only: on request heads and on WebSocket frames.
"""

from argparse import ArgumentParser, Namespace

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Bytes. A browser sends at most 64 KB of keys in one frame. The limit holds before a terminal token is shown.
LARGEST_FRAME = 128 << 10
LARGEST_HEAD = 64 << 10  # bytes of a request before its body; cookies and an address take a few KB
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
GRACE = 1  # seconds that open requests get when the server is told to stop


class Protocol(HttpToolsProtocol):
    """HTTP with bounded heads. The parser itself keeps a request line and headers of any length in memory until they end."""

    head, in_head = 0, False  # bytes of the current head; whether the parser is in a head

    def on_message_begin(self) -> None:
        self.head, self.in_head = 0, True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self.in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.in_head:
            self.head += len(data)
            if self.head > LARGEST_HEAD and not self.transport.is_closing():
                self.transport.write(TOO_LARGE)
                self.transport.close()


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
    uvicorn.run(
        **vars(words()),
        http=Protocol,
        ws_max_size=LARGEST_FRAME,
        timeout_graceful_shutdown=GRACE,
        server_header=False,
        log_level="info",
    )


if __name__ == "__main__":
    main()
