"""uvicorn for the site and the gateway: ``python -m vaka.ops.serve vaka.asgi:application --port 8000``.

It differs from ``uvicorn`` on the command line in its limits, on connections and request heads (vaka.web.connection_limits), on
WebSocket frames and on TLS handshakes, in the number of files it may open, and in how often it wakes up while nobody asks for
anything.
"""

import asyncio
import resource
import sys
from argparse import ArgumentParser, Namespace
from contextlib import suppress
from typing import Any

import uvicorn
import uvloop

from labs.engine.shared import pace
from vaka.ops import database_files
from vaka.web.connection_limits import BoundedConnection

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


class Loop(uvloop.Loop):
    """An event loop that waits for a TLS handshake no longer than for a request head. Its own time limit is a minute."""

    async def create_server(self, *given: Any, ssl: Any = None, **options: Any) -> Any:
        if ssl:
            options["ssl_handshake_timeout"] = BoundedConnection.head_seconds
        return await super().create_server(*given, ssl=ssl, **options)


def words(given: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(prog="vaka.ops.serve", description="Serve an ASGI application.")
    parser.add_argument("app", help="module:name")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ssl-certfile")
    parser.add_argument("--ssl-keyfile")
    parser.add_argument("--lifespan", choices=("on", "off"), default="off")
    return parser.parse_args(given)


def open_as_many_files_as_allowed() -> None:
    """Raise the soft limit to the hard one. The usual 1,024 are for programs that call select(), which site and gateway do not."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY:
        BoundedConnection.most_owing = min(BoundedConnection.most_owing, hard // 2)


def main() -> None:
    open_as_many_files_as_allowed()
    BoundedConnection.head_seconds = pace.seconds(BoundedConnection.head_seconds)
    config = uvicorn.Config(
        **vars(words()),
        http=BoundedConnection,
        loop="vaka.ops.serve:Loop",
        ws_max_size=LARGEST_FRAME,
        timeout_graceful_shutdown=GRACE,
        server_header=False,
        log_level="info",
    )
    config.load()  # the application, which sets Django up
    kept = database_files.keep_open()
    server = Server(config)
    with suppress(KeyboardInterrupt):
        server.run()
    if kept:
        kept.close()
    if not server.started:
        sys.exit(COULD_NOT_START)


if __name__ == "__main__":
    main()
