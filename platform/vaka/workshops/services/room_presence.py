"""The seats that are in the room, as far as a server can tell: by the network from which a page of the seat is open.

The team defines the room. A network counts as the room for a day if a member of the team has the Room page open in it,
from one hour before an agenda item to one hour after it. A page that is open in another network is no presence.
"""

import ipaddress
import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from vaka.accounts.models import User
from vaka.web.request_origin import is_address, network_of
from vaka.workshops.models import Presence, RoomNetwork, Seat, Workshop
from vaka.workshops.models.seat import SEEN_WITHIN

logger = logging.getLogger(__name__)

EARLY, LATE = timedelta(hours=1), timedelta(hours=1)  # before and after an agenda item
# An open page is recorded so often. Less often than SEEN_WITHIN, it would count as closed in between
RECORD_EVERY = timedelta(minutes=1)
BEFORE_CLOSE = timedelta(hours=1)  # whoever was in the room in this time is supervised in the last check of a close
PRIVATE = "private"  # all private addresses: a server in the room may reach its trainees over several subnets


def network_of_request(request: HttpRequest) -> str:
    """The network that a request comes from: an IPv4 address, an IPv6 /64, PRIVATE; empty if it cannot be known."""
    text = network_of(request)
    address = text.partition("/")[0]
    if not is_address(address):
        return ""
    found = ipaddress.ip_address(address)
    if found.is_loopback and settings.BEHIND_PROXY:
        logger.warning("The proxy does not send X-Forwarded-For, so no seat counts as in the room.")
        return ""
    return PRIVATE if found.is_private else text


def record_room_network(workshop: Workshop, user: User, network: str) -> None:
    """A member of the team has the Room page open in this network: it is the room today."""
    if network and _is_held_at(workshop, timezone.now()):
        RoomNetwork.objects.get_or_create(
            workshop=workshop, day=workshop.today, network=network, defaults={"seen_by": user}
        )


def record_presence(seat: Seat, network: str) -> None:
    """A page of the seat is open in this network. If that is the room, begin a presence or continue the last one."""
    now = timezone.now()
    last = seat.presences.first() if network else None
    if not network or (last and now - last.last_at < RECORD_EVERY):
        return
    workshop = seat.workshop
    rooms = RoomNetwork.objects.filter(workshop=workshop, day=workshop.today, network=network)
    if not _is_held_at(workshop, now) or not rooms.exists():
        return
    if last and now - last.last_at <= SEEN_WITHIN + RECORD_EVERY:
        Presence.objects.filter(pk=last.pk).update(last_at=now)
    else:
        Presence.objects.create(seat=seat, began_at=now, last_at=now)


def was_in_room_at(seat: Seat, at: datetime) -> bool:
    """Whether the seat was in the room at that time; after the close, whether it was there in the hour before."""
    closed = seat.workshop.closed_at
    since = BEFORE_CLOSE if closed and at >= closed else SEEN_WITHIN
    return seat.presences.filter(began_at__lte=at + SEEN_WITHIN, last_at__gte=at - since).exists()


def _is_held_at(workshop: Workshop, now: datetime) -> bool:
    """Whether the time belongs to an agenda item, with an hour before and after."""
    return not workshop.is_over and workshop.agenda.filter(from_at__lte=now + EARLY, to_at__gt=now - LATE).exists()
