"""uvicorn for the site and the gateway: ``python -m vaka.ops.serve vaka.asgi:application --port 8000``.

It differs from ``uvicorn`` on the command line in its limits, on request heads and trailers (vaka.web.head_limits) and on WebSocket
frames, and in how often it wakes up while nobody asks for anything.
"""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from contextlib import suppress

import uvicorn

from vaka.web.head_limits import BoundedHeads

# Bytes. A browser sends at most 64 KB of keys in one frame. The limit holds before a terminal token is shown.
LARGEST_FRAME = 128 << 10
GRACE = 1  # seconds that open requests get when the server is told to stop
SLEEP = 0.2  # seconds in addition to the 0.1 that uvicorn sleeps; the server ends this much later when it is told to
COULD_NOT_START = 3  # uvicorn's exit status


class Server(uvicorn.Server):
    """A server that wakes up three times a second instead of ten: site and gateway save 0.3 percent of a core."""

    async def on_tick(self, counter: int) -> bool:
        ends = await super().on_tick(0)  # 0: the Date header is new at each tick
        if not ends:
            await asyncio.sleep(SLEEP)
        return ends


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
        http=BoundedHeads,
        ws_max_size=LARGEST_FRAME,
        timeout_graceful_shutdown=GRACE,
        server_header=False,
        log_level="info",
    )
    server = Server(config)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(COULD_NOT_START)


if __name__ == "__main__":
    main()
