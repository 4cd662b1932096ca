"""Server-sent events of one lab session, for its open pages. A quiet page costs a few queries in 15 seconds."""

import json
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, StreamingHttpResponse
from redis import RedisError

from labs import events
from labs.lifecycle import stalled
from labs.models import ENDED, ClassSeat, LabSession
from labs.pages.lab_page import LabPage
from vaka.accounts.models import User

logger = logging.getLogger(__name__)

HEARTBEAT = 15.0  # seconds; also the time within which who signed out is told nothing more
RETRY = 3000  # milliseconds until a browser connects again


def stream(request: HttpRequest, session: LabSession) -> StreamingHttpResponse:
    return answer(_told(request, session))


def answer(pieces: AsyncIterator[str]) -> StreamingHttpResponse:
    """Answer with events as they come."""
    response = StreamingHttpResponse(pieces, content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # a proxy in front must not gather events
    return response


def event(name: str, facts: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(facts)}\n\n"


async def _told(request: HttpRequest, session: LabSession) -> AsyncIterator[str]:
    """Yield the stamp of the page, then what happens, until the session ends or the visitor's right does."""
    yield f"retry: {RETRY}\n\n"
    try:
        async with aclosing(events.listen(session.pk, HEARTBEAT)) as told:
            first = True
            async for word in told:
                if word is not None:
                    if word["event"] == "seats" and await _stamp(request, session) is None:
                        break  # his own was taken away
                    yield event(word.pop("event"), word)
                    if word.get("state") in ENDED:
                        break
                    continue
                stamp = await _stamp(request, session)
                if stamp is None:
                    break
                yield event("hello", {"stamp": stamp}) if first else ": still here\n\n"
                if stamp.split(".")[0] in ENDED:
                    break
                first = False
            yield event("bye", {})
    except RedisError as error:
        logger.warning("No events for session %s: %s", session.pk, error)
        # Without a broker the page reads anew each time it connects
        if stamp := await _stamp(request, session):
            yield event("hello", {"stamp": stamp})


@sync_to_async
def _stamp(request: HttpRequest, session: LabSession) -> str | None:
    """Return the stamp of the page now; None if the visitor has signed out or the session is not his any more."""
    user = reader(request)
    if user is None:
        return None
    now = LabSession.objects.open_to(user).filter(pk=session.pk).first()
    if now is None:
        return None
    try:
        return LabPage.of(stalled.look(now), user).stamp
    except ClassSeat.DoesNotExist:  # taken away at this moment
        return None


def reader(request: HttpRequest) -> User | None:
    """Who reads the stream, as it is now, not as it was when the page opened; None if he has signed out."""
    store = import_module(settings.SESSION_ENGINE).SessionStore(request.session.session_key)
    user = get_user(SimpleNamespace(session=store))  # type: ignore[arg-type]  # all that it looks at
    return user if isinstance(user, User) else None
