"""Static files under ASGI, by WhiteNoise. Its Django middleware is synchronous: each request would need a thread."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from whitenoise import WhiteNoise
from whitenoise.responders import Response

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

CHUNK = 1 << 16
HASHED = r"^.+\.[0-9a-f]{12}\..+$"  # names that the manifest storage gives


class StaticFiles:
    """Serves STATIC_ROOT under STATIC_URL, and passes all other requests to the application."""

    def __init__(self, application: Application) -> None:
        self.application = application
        root = settings.STATIC_ROOT
        self.files = WhiteNoise(
            None,
            root=str(root) if root.is_dir() else None,
            prefix=settings.STATIC_URL,
            max_age=60,
            immutable_file_test=HASHED,
            allow_all_origins=False,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = self.files.files.get(scope["path"]) if scope["type"] == "http" else None
        if file is None:
            await self.application(scope, receive, send)
            return
        headers = {wsgi_name(name): value.decode("latin1") for name, value in scope["headers"]}
        response = await asyncio.to_thread(file.get_response, scope["method"], headers)
        await respond(response, send)


def wsgi_name(header: bytes) -> str:
    return "HTTP_" + header.decode("latin1").upper().replace("-", "_")


async def respond(response: Response, send: Send) -> None:
    """Send a response of WhiteNoise."""
    headers = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in response.headers]
    headers.append((b"x-content-type-options", b"nosniff"))
    await send({"type": "http.response.start", "status": HTTPStatus(response.status).value, "headers": headers})
    if response.file is not None:
        with response.file as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
