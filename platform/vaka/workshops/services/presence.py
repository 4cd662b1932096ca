"""Who is in the room, as far as a server can tell: a page of the seat is open from a network in which the team is that day.

The team says where the room is by having the room page open there, in the hours of the workshop. A page that is open
elsewhere, at home for example, is no presence.
"""

import ipaddress
import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from vaka.accounts.models import User
from vaka.web.http import is_address, network_of
from vaka.workshops.models import Workshop
from vaka.workshops.models.seat import HERE, Presence, RoomNetwork, Seat

logger = logging.getLogger(__name__)

EARLY, LATE = timedelta(hours=1), timedelta(hours=1)  # around the hours of an agenda item
NOTED_EVERY = timedelta(minutes=1)
LEFT_BEFORE = timedelta(hours=1)  # the end: whose lab the close checks a last time
PRIVATE = "private"  # all private addresses: a server in the room knows its people by these, in however many subnets


def place_of(request: HttpRequest) -> str:
    """The network that a request comes from; empty if we cannot know, for the proxy in front does not say."""
    text = network_of(request)
    address = text.partition("/")[0]
    if not is_address(address):
        return ""
    found = ipaddress.ip_address(address)
    if found.is_loopback and settings.BEHIND_PROXY:
        logger.warning("The proxy does not say where visitors are (X-Forwarded-For), so nobody counts as in the room.")
        return ""
    return PRIVATE if found.is_private else text


def team_is_at(workshop: Workshop, user: User, place: str) -> None:
    """Somebody of the team has the room page open there: today that is the room."""
    if place and _is_on(workshop, timezone.now()):
        RoomNetwork.objects.get_or_create(
            workshop=workshop, day=workshop.today, network=place, defaults={"seen_by": user}
        )


def seat_is_at(seat: Seat, place: str) -> None:
    """A page of the seat is open there. A stretch of presence goes on while we hear of it."""
    now = timezone.now()
    last = seat.stretches.first() if place else None
    if not place or (last and now - last.last_at < NOTED_EVERY):
        return
    workshop = seat.workshop
    rooms = RoomNetwork.objects.filter(workshop=workshop, day=workshop.today, network=place)
    if not _is_on(workshop, now) or not rooms.exists():
        return
    if last and now - last.last_at <= HERE + NOTED_EVERY:
        Presence.objects.filter(pk=last.pk).update(last_at=now)
    else:
        Presence.objects.create(seat=seat, began_at=now, last_at=now)


def was_there(seat: Seat, at: datetime) -> bool:
    """Whether the seat was in the room then; for the last check of a close, in the hour before it."""
    closed = seat.workshop.closed_at
    since = LEFT_BEFORE if closed and at >= closed else HERE
    return seat.stretches.filter(began_at__lte=at + HERE, last_at__gte=at - since).exists()


def counts_now(seat: Seat) -> bool | None:
    """Whether what is checked at the seat now is supervised; None while no session is open, so that nothing could be."""
    now = timezone.now()
    if seat.workshop.is_over or not seat.workshop.agenda.filter(opened_at__lte=now, to_at__gt=now - LATE).exists():
        return None
    return was_there(seat, now)


def _is_on(workshop: Workshop, now: datetime) -> bool:
    """Whether it is an hour of the workshop."""
    return not workshop.is_over and workshop.agenda.filter(from_at__lte=now + EARLY, to_at__gt=now - LATE).exists()
