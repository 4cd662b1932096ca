"""The terminal gateway: an ASGI application in a process of its own, ``uvicorn labs.terminals.gateway:application``.

It has no permission for the engine's socket and reads no cookies. A browser sends a terminal token as its first message, and gets
the terminal that the token names. The gateway uses Redis, the database (to check permissions) and the relay.

The browser sends {"token": …, "rows": …, "cols": …} first; then keys as binary frames, and {"resize": [rows, cols]},
{"ack": bytes drawn since opened}, {"ping": n}, {"mark": n}. It gets output as binary frames, and {"opened": true, "terminal",
"mode"}, {"exited": status}, {"lost": bytes}, {"pong": n}, {"settled": n}. {"closed": sentence} comes before the socket closes
with a code of ``labs.terminals.terminal``: 4400 malformed, 4401 token, 4403 permission or origin, 4404 the lab has ended,
4429 too many, 4503 an error of the site.
"""

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from redis import asyncio as aioredis

if not settings.configured:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vaka.settings")
django.setup(set_prefix=False)

# The models need a Django that is set up.
from labs.engine.shared import pace  # noqa: E402
from labs.terminals import tokens  # noqa: E402
from labs.terminals.activity import Activity  # noqa: E402
from labs.terminals.permissions import PermissionWatch, Sentence, check  # noqa: E402
from labs.terminals.terminal import (  # noqa: E402
    COLS,
    GONE,
    MALFORMED,
    NO_RIGHT,
    NO_TOKEN,
    OURS,
    ROWS,
    TOO_MANY,
    Closed,
    Left,
    Terminal,
    connect,
    message,
    number,
)
from labs.terminals.unauthenticated import Unauthenticated  # noqa: E402
from vaka import logs  # noqa: E402
from vaka.web.body_limits import BoundedBodies  # noqa: E402
from vaka.web.request_origin import networks  # noqa: E402

logger = logging.getLogger(__name__)

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

FIRST_WITHIN = pace.seconds(15.0)  # seconds until the token arrives, which the page fetches meanwhile, in 10 s at most
BROKER_SECONDS = pace.seconds(3.0)  # to connect to the broker
CLOSES_WITHIN = pace.seconds(5.0)  # seconds for a browser to take the last message
IN_A_SESSION, OF_A_USER = 16, 32  # open terminals of one user


class Socket:
    """A browser's WebSocket, as ``labs.terminals.terminal`` uses it."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send

    async def receive(self) -> str | bytes:
        event = await self._receive()
        if event["type"] != "websocket.receive":
            raise Left
        text: str | None = event.get("text")
        data: bytes | None = event.get("bytes")
        return text if text is not None else data or b""

    async def accept(self) -> None:
        await self._receive()  # websocket.connect
        await self._send_event({"type": "websocket.accept"})

    async def send(self, value: bytes | Mapping[str, Any]) -> None:
        if isinstance(value, bytes):
            await self._send_event({"type": "websocket.send", "bytes": value})
        else:
            await self._send_event({"type": "websocket.send", "text": json.dumps(value, ensure_ascii=False)})

    async def _send_event(self, event: MutableMapping[str, Any]) -> None:
        try:
            await self._send(event)
        except OSError as error:  # by which servers report that the browser has disconnected
            raise Left from error

    async def close(self, code: int, sentence: Sentence) -> None:
        """Send the reason, and close. A browser that does not take it is disconnected all the same."""
        with suppress(Left, RuntimeError, TimeoutError):  # the browser may have disconnected meanwhile
            async with asyncio.timeout(CLOSES_WITHIN):
                await self.send({"closed": str(sentence)})
                reason = str(sentence).encode()[:120].decode(errors="ignore")  # what fits a close frame
                await self._send_event({"type": "websocket.close", "code": code, "reason": reason})


class Gateway:
    """The application. Its objects belong to one event loop and are made in ``start``."""

    def __init__(self) -> None:
        self._redis: aioredis.Redis | None = None
        self._watch: PermissionWatch | None = None
        self._activity = Activity()
        self._writing: asyncio.Task[None] | None = None
        self._unauthenticated = Unauthenticated()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "lifespan":
                await self._lifespan(receive, send)
            case "websocket":
                await self._websocket(scope, receive, send)
            case "http":
                await _health(scope, send)

    async def start(self) -> None:
        self._redis = aioredis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=BROKER_SECONDS, health_check_interval=30
        )
        self._watch = PermissionWatch(self._redis)
        self._watch.start()
        self._writing = asyncio.create_task(self._activity.run())

    async def stop(self) -> None:
        if self._writing:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
            await self._activity.write()
        if self._watch and self._redis:
            await self._watch.stop()
            await self._redis.aclose()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            event = await receive()
            await (self.start() if event["type"] == "lifespan.startup" else self.stop())
            await send({"type": f"{event['type']}.complete"})
            if event["type"] == "lifespan.shutdown":
                return

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = Socket(receive, send)
        try:
            await socket.accept()  # even if it will be refused: else the page could not show why
            token, rows, cols = await self._read_token(scope, socket)
        except Closed as closed:
            await socket.close(closed.code, closed.sentence)
            return
        except Left:
            return
        with translation.override(token.language), logs.about(token.session):
            try:
                await self._open(token, rows, cols, socket)
            except Closed as closed:
                logger.info("Terminal %s on %s closes: %d.", token.terminal, token.node, closed.code)
                await socket.close(closed.code, closed.sentence)
            except Left:
                logger.info("Terminal %s on %s: its page has disconnected.", token.terminal, token.node)

    async def _read_token(self, scope: Scope, socket: Socket) -> tuple[tokens.TerminalToken, int, int]:
        """Return the token and the window's rows and columns from the first message. The token is used up then."""
        if scope["path"] != "/terminal":
            raise Closed(MALFORMED, _("There is nothing here."))
        if not is_ours(dict(scope["headers"])):
            raise Closed(NO_RIGHT, _("Terminals can be opened from the pages of this site only."))
        first = message(await self._first(socket, str((scope.get("client") or ("",))[0])))
        text = first.get("token")
        if not isinstance(text, str) or len(text) > 4096:
            raise Closed(MALFORMED, _("The page sent no terminal token. Reload the page."))
        rows, cols = number(first.get("rows"), 1, ROWS), number(first.get("cols"), 1, COLS)
        try:
            token = tokens.read(text)
            await tokens.use(token, self._the_redis)
        except tokens.TokenRefused as error:
            raise Closed(NO_TOKEN, error.args[0]) from error
        except tokens.TokenUnchecked as error:
            raise Closed(OURS, error.args[0]) from error
        return token, rows, cols

    async def _first(self, socket: Socket, address: str) -> str | bytes:
        """Return the first message of a browser, which brings the token."""
        with self._unauthenticated.waiting(networks(address)) as ends:
            received = asyncio.ensure_future(socket.receive())
            try:
                either: set[asyncio.Future[Any]] = {received, ends}
                await asyncio.wait(either, timeout=FIRST_WITHIN, return_when=asyncio.FIRST_COMPLETED)
                if received.done():
                    return received.result()
            finally:
                received.cancel()
                await asyncio.gather(received, return_exceptions=True)
            if ends.done():
                raise Closed(TOO_MANY, _("Too many terminals are being opened at this moment. Try again soon."))
            raise Closed(NO_TOKEN, _("The page sent no terminal token in time. Open the terminal again."))

    async def _open(self, token: tokens.TerminalToken, rows: int, cols: int, socket: Socket) -> None:
        """Check the permission and carry the terminal until it ends. Always ends with Closed or Left."""
        held = self._the_watch.held()
        # Per person: in a class lab everybody has the same limit
        mine = [other for other in held if other.user == token.user]
        if sum(other.session == token.session for other in mine) >= IN_A_SESSION:
            raise Closed(TOO_MANY, _("This lab has %d terminals open. Close one of them first.") % IN_A_SESSION)
        if len(mine) >= OF_A_USER:
            raise Closed(TOO_MANY, _("You have %d terminals open. Close one of them first.") % OF_A_USER)
        with self._the_watch.holding(token) as end:
            if refusal := (await check([token])).get(token.id):
                raise Closed(NO_RIGHT, refusal)
            logger.info("User %d opens terminal %s on %s (%s).", token.user, token.terminal, token.node, token.mode)
            terminal = Terminal(token, socket, await connect(settings.RELAY_SOCKET), self._activity.typed)
            running = asyncio.create_task(terminal.run(rows, cols))
            either: set[asyncio.Future[Any]] = {running, end}
            try:
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
            if end.done():
                raise Closed(GONE, end.result())
            running.result()

    @property
    def _the_redis(self) -> aioredis.Redis:
        if self._redis is None:
            raise RuntimeError("The gateway runs under a server with lifespan: uvicorn --lifespan on.")
        return self._redis

    @property
    def _the_watch(self) -> PermissionWatch:
        if self._watch is None:
            raise RuntimeError("The gateway runs under a server with lifespan: uvicorn --lifespan on.")
        return self._watch


def is_ours(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a page of this site opened the socket: its Origin is the requested host, and the host is ours."""
    try:
        origin = urlsplit(headers.get(b"origin", b"").decode("ascii"))
        host, _port = split_domain_port(headers.get(b"host", b"").decode("ascii"))
        named = origin.hostname
    except ValueError:
        return False
    if origin.scheme not in ("http", "https") or not named or not host:
        return False
    if f"{origin.scheme}://{origin.netloc}" in settings.CSRF_TRUSTED_ORIGINS:
        return True
    allowed = settings.ALLOWED_HOSTS or ([".localhost", "127.0.0.1", "[::1]"] if settings.DEBUG else [])
    return named == host.strip("[]") and validate_host(host, allowed)


async def _health(scope: Scope, send: Send) -> None:
    status = HTTPStatus.OK if scope["path"] == "/health" else HTTPStatus.NOT_FOUND
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": status.phrase.encode()})


application = BoundedBodies(Gateway())
