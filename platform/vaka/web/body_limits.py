"""How large a request may be. A larger one is answered with 413 before Django, which would write it to the disk, hears of it."""

import asyncio
import json
from contextlib import suppress
from http import HTTPStatus

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from vaka.web.static import Application, Receive, Scope, Send
from vaka.web.views import styles

WITHIN = 60.0  # seconds for the whole body: it is small
DRAINED, DRAINED_WITHIN = 1 << 20, 2.0  # of what comes after an answer, so that a sender who still sends can read it


class Gone(Exception):
    """The sender has left before the end of the body."""


class BoundedBodies:
    """Reads a body of at most LARGEST bytes into memory, and gives it to the application whole."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        if said_length(scope) > settings.LARGEST_BODY:
            await refuse(scope, receive, send)
            return
        try:
            async with asyncio.timeout(WITHIN):
                body = await read(receive)
        except TimeoutError:
            await answer(scope, send, HTTPStatus.REQUEST_TIMEOUT)
            return
        except Gone:
            return
        if body is None:
            await refuse(scope, receive, send)
        else:
            await self.application(scope, replaying(body, receive), send)


def said_length(scope: Scope) -> int:
    """What Content-Length says; 0 without one. What is no number counts as too large."""
    found = 0
    for name, value in scope["headers"]:
        if name == b"content-length":
            found = max(found, int(value) if value.isdigit() and len(value) < 20 else settings.LARGEST_BODY + 1)
    return found


async def read(receive: Receive) -> bytes | None:
    """The body; None as soon as it is too large. Raises Gone."""
    pieces, size, more = list[bytes](), 0, True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise Gone
        piece, more = event.get("body", b""), event.get("more_body", False)
        size += len(piece)
        if size > settings.LARGEST_BODY:
            return None
        pieces.append(piece)
    return b"".join(pieces)


def replaying(body: bytes, receive: Receive) -> Receive:
    """Give the body in one piece, and then what comes after it."""
    given = False

    async def replay() -> dict[str, object]:
        nonlocal given
        if given:
            return dict(await receive())
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer, take a little more so that the sender comes to read it, and close."""
    await answer(scope, send, HTTPStatus.CONTENT_TOO_LARGE, ends=False)
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAINED_WITHIN):
            await drain(receive)
    await send({"type": "http.response.body", "body": b""})


async def drain(receive: Receive) -> None:
    size, more = 0, True
    while more and size < DRAINED:
        event = await receive()
        size += len(event.get("body", b""))
        more = event["type"] == "http.request" and event.get("more_body", False)


async def answer(scope: Scope, send: Send, status: HTTPStatus, *, ends: bool = True) -> None:
    """Say why: a page for people, JSON for programs."""
    asked = {name: value.decode("latin1") for name, value in scope["headers"]}
    with translation.override(language(asked.get(b"accept-language", ""))):
        if "application/json" in asked.get(b"accept", "").lower():
            kind, body = "application/json", json.dumps({"error": said(status)}).encode()
        else:
            context = {"styles": styles(), "said": said(status), "too_large": status == HTTPStatus.CONTENT_TOO_LARGE}
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
    """The first of ours that the browser wants."""
    for wanted in header.split(","):
        with suppress(LookupError):
            return translation.get_supported_language_variant(wanted.partition(";")[0].strip().lower())
    return settings.LANGUAGE_CODE


def said(status: HTTPStatus) -> str:
    if status == HTTPStatus.CONTENT_TOO_LARGE:
        return _("This is larger than %(size)d KB, and nothing of it was kept.") % {"size": settings.LARGEST_BODY >> 10}
    return _("What you sent did not arrive within a minute, and nothing of it was kept.")
