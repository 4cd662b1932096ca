"""Server-sent events of one lab session, for its open pages. A page with no news costs a few queries every 15 seconds."""

import json
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from redis import RedisError

from labs import events
from labs.lifecycle import worker_health
from labs.models import ENDED, ClassSeat, LabSession
from labs.pages.lab_page import LabPage
from vaka.accounts.browser_sessions import SessionStore
from vaka.accounts.models import User

logger = logging.getLogger(__name__)

HEARTBEAT = 15.0  # seconds; also the longest time that a stream outlives a sign-out
RETRY = 3000  # milliseconds before a browser connects again
MOST_OPEN = 16  # streams of one address that a user has open
MOST_OF_USER = 32  # streams that a user has open in all: pages of a lab, and pages with the seat bar or the room
_open: Counter[tuple[int, str]] = Counter()  # by the number of the user and the address; the site is one process


def stream(request: HttpRequest, user: User, session: LabSession) -> HttpResponseBase:
    """Answer the user with the events of the session."""
    return answer(request, user, _events(request, session))


def answer(request: HttpRequest, user: User, pieces: AsyncGenerator[str]) -> HttpResponseBase:
    """Answer the user with events as they come; with 429 if they have too many streams open, of this address or in all."""
    holder = (user.pk, request.path)
    if _is_full(holder):
        return HttpResponse(status=HTTPStatus.TOO_MANY_REQUESTS, headers={"Cache-Control": "no-store"})
    response = StreamingHttpResponse(_counted(holder, pieces), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # or a proxy in front would collect events
    return response


def _is_full(holder: tuple[int, str]) -> bool:
    user, _address = holder
    return _open[holder] >= MOST_OPEN or sum(n for (who, _), n in _open.items() if who == user) >= MOST_OF_USER


async def _counted(holder: tuple[int, str], pieces: AsyncGenerator[str]) -> AsyncGenerator[str]:
    """Yield the pieces, and count the stream while it is open. Of many that were opened at once, those above the bound end."""
    if _is_full(holder):
        return
    _open[holder] += 1
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece
    finally:
        _open[holder] -= 1
        if not _open[holder]:
            del _open[holder]


def event(name: str, data: dict[str, Any]) -> str:
    """Write one event; ``data`` becomes JSON."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


async def _events(request: HttpRequest, session: LabSession) -> AsyncGenerator[str]:
    """Yield the stamp of the page, then events, until the session ends or the user may no longer see it."""
    yield f"retry: {RETRY}\n\n"
    own: frozenset[str] | None = None
    try:
        async with aclosing(events.listen(session.pk, HEARTBEAT)) as incoming:
            first = True
            async for data in incoming:
                if data is not None:
                    if data["event"] == "seats":
                        own = None
                        if await _stamp(request, session) is None:
                            break  # the user's own seat was removed
                    if session.is_class and (data["event"] == "verdict" or "checks" in data):
                        own = await _own_checks(request, session) if own is None else own
                        data = _without_others(data, own)
                    yield event(data.pop("event"), data)
                    if data.get("state") in ENDED:
                        break
                    continue
                stamp = await _stamp(request, session)
                if stamp is None:
                    break
                yield event("hello" if first else "still", {"stamp": stamp})
                if stamp.split(".")[0] in ENDED:
                    break
                first = False
            yield event("bye", {})
    except RedisError as error:
        logger.warning("No events for session %s: %s", session.pk, error)
        # Without a broker the page compares stamps each time it connects
        if stamp := await _stamp(request, session):
            yield event("hello", {"stamp": stamp})


@sync_to_async
def _stamp(request: HttpRequest, session: LabSession) -> str | None:
    """Return the stamp of the page now; None if the user has signed out or may no longer see the session."""
    user = reader(request)
    if user is None:
        return None
    now = LabSession.objects.open_to(user).filter(pk=session.pk).first()
    if now is None:
        return None
    try:
        return LabPage.of(worker_health.end_if_stalled(now), user).stamp
    except ClassSeat.DoesNotExist:  # removed at this moment
        return None


@sync_to_async
def _own_checks(request: HttpRequest, session: LabSession) -> frozenset[str]:
    """Return the checks that the user's page of the lab shows: in a class lab only those that count for their nodes."""
    user = reader(request)
    try:
        return frozenset(check.id for check in LabPage.of(session, user).lab.checks()) if user else frozenset()
    except ClassSeat.DoesNotExist:
        return frozenset()


def _without_others(data: dict[str, Any], own: Collection[str]) -> dict[str, Any]:
    """Leave out what an event says of checks that are not the user's. A verdict then tells only how many are done.

    A page reads its checks again if one of its own has changed: otherwise all pages of a class would read for each seat.
    """
    if "checks" in data:
        theirs = [check for check in data["checks"] if check in own]
        return {**data, "checks": theirs, "changed": bool(theirs)}
    return data if data.get("check") in own else {name: data[name] for name in data if name not in ("check", "outcome")}


def reader(request: HttpRequest) -> User | None:
    """Return the user who reads the stream, as the database has them now; None if they have signed out."""
    store = SessionStore(request.session.session_key)
    user = get_user(SimpleNamespace(session=store))  # type: ignore[arg-type]  # get_user reads nothing but the session
    return user if isinstance(user, User) else None
