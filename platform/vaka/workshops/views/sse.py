"""Server-sent events of a workshop, for the open pages of its room and of its seats."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from redis import RedisError

from labs import events
from labs.models import LabSession
from labs.pages import sse
from vaka.workshops.events import channel
from vaka.workshops.models import Workshop
from vaka.workshops.models.seat import Seat
from vaka.workshops.services import joining, presence
from vaka.workshops.services.presence import place_of

logger = logging.getLogger(__name__)

SESSIONS = events.channel("*")  # the pattern of all
# What of a session the room shows. A look that saw nothing new is no news.
SHOWN = {"state", "job", "deadline", "hint", "queue", "seats"}


class Sessions:
    """Which lab sessions are of the workshop's people. Asked for once each, and again when one moves."""

    def __init__(self, workshop: int) -> None:
        self._workshop = workshop
        self._known: dict[str, bool] = {}

    async def has(self, session: str, *, moved: bool) -> bool:
        if moved or session not in self._known:
            mine = LabSession.objects.filter(pk=UUID(session), learner__workshop_seats__workshop=self._workshop)
            self._known[session] = await mine.aexists()
        return self._known[session]

    def forget(self) -> None:
        self._known.clear()


async def of_room(request: HttpRequest, workshop: Workshop) -> AsyncIterator[str]:
    """Yield ``room`` whenever what the room shows may have changed, until the reader's right ends."""
    sessions, own = Sessions(workshop.pk), channel(workshop.pk)
    async for word in _heard(request, workshop, [own, SESSIONS], _may_watch):
        if isinstance(word, str):
            yield word
            continue
        where, event = word
        if where == own:
            sessions.forget()
            yield sse.event("room", {})
        elif (event["event"] in SHOWN or event.get("changed")) and await sessions.has(
            where.rpartition(":")[2], moved=event["event"] == "state"
        ):
            yield sse.event("room", {})


async def of_seat(request: HttpRequest, seat: Seat) -> AsyncIterator[str]:
    """Yield ``seat`` when something was said or done to the seat, until it is the reader's no more; he counts as here.

    Also of his seats in other workshops: who looks on from there is in the same strip.
    """
    mine = Seat.objects.of(seat.user_id).values_list("workshop", "pk")
    own = {channel(workshop): pk async for workshop, pk in mine}

    def still(request: HttpRequest, workshop: Workshop) -> bool:
        user = sse.reader(request)
        mine = Seat.objects.filter(pk=seat.pk, user=user).select_related("workshop").first() if user else None
        if mine:
            joining.was_seen(mine, place_of(request))
        return mine is not None

    async for word in _heard(request, seat.workshop, list(own), still):
        if isinstance(word, str):
            yield word
        elif word[1].get("seat") in (None, own[word[0]]):
            yield sse.event("seat", {"what": word[1]["event"]})


def _may_watch(request: HttpRequest, workshop: Workshop) -> bool:
    user = sse.reader(request)
    if user is None or (role := workshop.role_of(user)) is None:
        return False
    if workshop.staff.filter(user=user).exists():  # the site's own staff may look from anywhere
        presence.team_is_at(workshop, user, place_of(request))
    return bool(role)


async def _heard(
    request: HttpRequest, workshop: Workshop, patterns: list[str], still: Any
) -> AsyncIterator[str | tuple[str, dict[str, Any]]]:
    """Yield events with their channels, and between them, as text, what keeps the line open. ``still`` says if he may hear."""
    yield f"retry: {sse.RETRY}\n\n"
    may = sync_to_async(still)
    try:
        async with aclosing(events.hear(patterns, sse.HEARTBEAT)) as told:
            beat = asyncio.get_running_loop().time() - sse.HEARTBEAT
            first = True
            async for word in told:
                now = asyncio.get_running_loop().time()
                ended = word is not None and word[1]["event"] == "team"
                if ended or now - beat >= sse.HEARTBEAT:  # in a busy room there is never a silence
                    beat = now
                    if not await may(request, workshop):
                        break
                    yield sse.event("hello", {}) if first else ": still here\n\n"
                    first = False
                if word is not None:
                    yield word
            yield sse.event("bye", {})
    except RedisError as error:
        logger.warning("No events for workshop %s: %s", workshop.pk, error)
