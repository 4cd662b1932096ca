"""Server-sent events of a workshop, for the open pages of its room and of its seats."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db.models import Q
from django.http import HttpRequest
from redis import RedisError

from labs import events
from labs.models import LabSession
from labs.pages import event_stream
from vaka.accounts.models import User
from vaka.workshops.events import channel
from vaka.workshops.models import Seat, Workshop
from vaka.workshops.services import exams, presenting, room_presence, seat_presence
from vaka.workshops.services.room_presence import network_of_request

logger = logging.getLogger(__name__)

ALL_SESSIONS = events.channel("*")  # a pattern of channels
# Events of a lab session that change the room. Live checks that saw nothing new do not.
SHOWN_EVENTS = {"state", "job", "deadline", "hint", "queue", "seats"}

HELLO = event_stream.event("hello", {})

type Event = tuple[str, dict[str, Any]]  # its channel, its content
type MayListen = Callable[[HttpRequest, Workshop], bool]


class SessionsOfWorkshop:
    """Knows which lab sessions belong to people with a seat. Asks once for each, and again when its state changes."""

    def __init__(self, workshop: int) -> None:
        self._workshop = workshop
        self._known: dict[str, bool] = {}

    async def has(self, session: str, *, state_changed: bool) -> bool:
        if state_changed or session not in self._known:
            theirs = Q(learner__workshop_seats__workshop=self._workshop)
            theirs |= Q(seats__user__workshop_seats__workshop=self._workshop)  # a class lab, in which they have seats
            self._known[session] = await LabSession.objects.filter(theirs, pk=UUID(session)).aexists()
        return self._known[session]

    def forget(self) -> None:
        self._known.clear()


async def room_stream(request: HttpRequest, workshop: Workshop) -> AsyncGenerator[str]:
    """Yield ``room`` whenever the room may have changed, until the user leaves the team."""
    sessions, own = SessionsOfWorkshop(workshop.pk), channel(workshop.pk)
    async for received in _listen(request, workshop, [own, ALL_SESSIONS], _may_see_room):
        if isinstance(received, str):
            yield received
            continue
        from_channel, event = received
        if from_channel == own:
            sessions.forget()
            if event["event"] != "slide":  # a presenter's next slide changes nothing in the room
                yield event_stream.event("room", {})
        elif (event["event"] in SHOWN_EVENTS or event.get("changed")) and await sessions.has(
            from_channel.rpartition(":")[2], state_changed=event["event"] in ("state", "seats")
        ):
            yield event_stream.event("room", {})


async def seat_stream(request: HttpRequest, seat: Seat) -> AsyncGenerator[str]:
    """Yield ``seat`` on each event for the seat, until the user loses it. While it is open the seat counts as online.

    Events for the user's seats in other workshops are included, because the seat bar shows observers of all of them.
    """
    mine = Seat.objects.of(seat.user_id).values_list("workshop", "pk")
    own = {channel(workshop): pk async for workshop, pk in mine}

    def has_seat(request: HttpRequest, workshop: Workshop) -> bool:
        user = event_stream.reader(request)
        mine = Seat.objects.filter(pk=seat.pk, user=user).select_related("workshop").first() if user else None
        if mine:
            seat_presence.record_open_page(mine, network_of_request(request))
        return mine is not None

    async for received in _listen(request, seat.workshop, list(own), has_seat):
        if isinstance(received, str):
            yield received
            if received == HELLO and (shown := await sync_to_async(_slide_now)(seat)):
                yield shown
        elif received[1].get("seat") in (None, own[received[0]]):
            event = received[1]
            if event["event"] == "slide" and await sync_to_async(_is_closed)(seat, event["path"]):
                continue
            slide: dict[str, Any] = {name: event[name] for name in ("path", "number") if name in event}
            yield event_stream.event("seat", {"what": event["event"], **slide})


def _slide_now(seat: Seat) -> str:
    """The event of the slide that is presented in the workshop of the seat; empty if there is none."""
    slide = presenting.shown_now(Workshop.objects.get(pk=seat.workshop_id))
    is_open = slide and not _is_closed(seat, str(slide["path"]))
    return event_stream.event("seat", {"what": "slide", **slide}) if slide and is_open else ""


def _is_closed(seat: Seat, path: str) -> bool:
    """Whether an exam closes these slides to the trainee, whose window would go there."""
    user = User.objects.filter(workshop_seats=seat.pk).first()
    return user is not None and exams.closes_slides(user, path)


def _may_see_room(request: HttpRequest, workshop: Workshop) -> bool:
    user = event_stream.reader(request)
    if user is None or workshop.role_of(user) is None:
        return False
    if workshop.accepted_team.filter(user=user).exists():  # an administrator without a role may watch from anywhere
        room_presence.record_room_network(workshop, user, network_of_request(request))
    return True


async def _listen(
    request: HttpRequest, workshop: Workshop, patterns: list[str], may_listen: MayListen
) -> AsyncGenerator[str | Event]:
    """Yield events, and between them, as text, what keeps the connection open. Ends when MAY_LISTEN says no."""
    yield f"retry: {event_stream.RETRY}\n\n"
    may = sync_to_async(may_listen)
    try:
        async with aclosing(events.subscribe(patterns, event_stream.HEARTBEAT)) as received:
            beat = asyncio.get_running_loop().time() - event_stream.HEARTBEAT
            first = True
            async for event in received:
                now = asyncio.get_running_loop().time()
                team_changed = event is not None and event[1]["event"] == "team"
                if team_changed or now - beat >= event_stream.HEARTBEAT:  # in a busy room there is never a silence
                    beat = now
                    if not await may(request, workshop):
                        break
                    yield HELLO if first else ": still here\n\n"
                    first = False
                if event is not None:
                    yield event
            yield event_stream.event("bye", {})
    except RedisError as error:
        logger.warning("No events for workshop %s: %s", workshop.pk, error)
