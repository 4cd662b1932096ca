"""The largest request body. A larger one gets a 413 before Django sees it, because Django would write it to the disk.

How many connections may wait for the rest of a body is limited in ``vaka.web.connection_limits``, with heads and trailers.
"""

import asyncio
import json
from contextlib import suppress
from http import HTTPStatus

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from vaka.web.static_files import Application, Receive, Scope, Send
from vaka.web.views import styles

BODY_TIMEOUT = 60.0  # seconds for the whole body, which is small. It is the client's line that is slow: no pace of ours
# After a refusal we read this much more, for this long: a client that is still sending reads the answer only then
DRAIN_BYTES, DRAIN_SECONDS = 1 << 20, 2.0


class Disconnected(Exception):
    """The client disconnected before the end of the body."""


class BoundedBodies:
    """Reads a body of up to ``settings.LARGEST_BODY`` bytes into memory, and passes it to the application in one piece."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        if content_length(scope) > settings.LARGEST_BODY:
            await refuse(scope, receive, send)
            return
        try:
            async with asyncio.timeout(BODY_TIMEOUT):
                body = await read(receive)
        except TimeoutError:
            await answer(scope, send, HTTPStatus.REQUEST_TIMEOUT)
            return
        except Disconnected:
            return
        if body is None:
            await refuse(scope, receive, send)
        else:
            await self.application(scope, replaying(body, receive), send)


def content_length(scope: Scope) -> int:
    """Return the Content-Length; 0 without one. A value that is not a number counts as too large."""
    found = 0
    for name, value in scope["headers"]:
        if name == b"content-length":
            found = max(found, int(value) if value.isdigit() and len(value) < 20 else settings.LARGEST_BODY + 1)
    return found


async def read(receive: Receive) -> bytes | None:
    """Return the body, or None as soon as it is too large. Raises Disconnected."""
    pieces, size, more = list[bytes](), 0, True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise Disconnected
        piece, more = event.get("body", b""), event.get("more_body", False)
        size += len(piece)
        if size > settings.LARGEST_BODY:
            return None
        pieces.append(piece)
    return b"".join(pieces)


def replaying(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that gives the body in one piece, and then the events that come after it."""
    given = False

    async def replay() -> dict[str, object]:
        nonlocal given
        if given:
            return dict(await receive())
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 413, read a little more so that the client reads the answer, and close."""
    await answer(scope, send, HTTPStatus.CONTENT_TOO_LARGE, ends=False)
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            await drain(receive)
    await send({"type": "http.response.body", "body": b""})


async def drain(receive: Receive) -> None:
    size, more = 0, True
    while more and size < DRAIN_BYTES:
        event = await receive()
        size += len(event.get("body", b""))
        more = event["type"] == "http.request" and event.get("more_body", False)


async def answer(scope: Scope, send: Send, status: HTTPStatus, *, ends: bool = True) -> None:
    """Answer with the reason: a page for people, JSON for programs."""
    asked = {name: value.decode("latin1") for name, value in scope["headers"]}
    with translation.override(language(asked.get(b"accept-language", ""))):
        if "application/json" in asked.get(b"accept", "").lower():
            kind, body = "application/json", json.dumps({"error": reason(status)}).encode()
        else:
            context = {
                "styles": styles(),
                "reason": reason(status),
                "too_large": status == HTTPStatus.CONTENT_TOO_LARGE,
            }
            kind, body = "text/html; charset=utf-8", render_to_string("413.html", context).encode()
    headers = {
        "content-type": kind,
        "content-length": str(len(body)),
        "connection": "close",
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
    }
    sent = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status.value, "headers": sent})
    await send({"type": "http.response.body", "body": body, "more_body": not ends})


def language(header: str) -> str:
    """Return the first of our languages that the browser accepts."""
    for wanted in header.split(","):
        with suppress(LookupError):
            return translation.get_supported_language_variant(wanted.partition(";")[0].strip().lower())
    return settings.LANGUAGE_CODE


def reason(status: HTTPStatus) -> str:
    if status == HTTPStatus.CONTENT_TOO_LARGE:
        return _("This is larger than %(size)d KB. Nothing was saved.") % {"size": settings.LARGEST_BODY >> 10}
    return _("The data did not arrive within a minute. Nothing was saved.")
