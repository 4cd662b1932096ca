"""The site as an ASGI application: no WebSockets, a limit on request bodies, then static files, then Django."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vaka.settings")
django_application: Any = get_asgi_application()

from django.conf import settings  # noqa: E402  # get_asgi_application has set Django up
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler  # noqa: E402

from vaka.web.body_limits import BoundedBodies  # noqa: E402
from vaka.web.static_files import Receive, Scope, Send, StaticFiles  # noqa: E402

# In development static files come from their source folders; else from STATIC_ROOT: hashed, compressed, cached for ever
with_files: Any = ASGIStaticFilesHandler(django_application) if settings.DEBUG else StaticFiles(django_application)
bounded = BoundedBodies(with_files)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a WebSocket with 403: the site has none, and the gateway has a port of its own."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1000})
    else:
        await bounded(scope, receive, send)
