"""A page of a seat is open: when the seat was last seen, on which days it took part, and whether it is in the room."""

from django.utils import timezone

from vaka.workshops.models import Attendance, Seat
from vaka.workshops.services import room_presence
from vaka.workshops.services.room_presence import RECORD_EVERY


def record_open_page(seat: Seat, network: str = "") -> None:
    """Record that a page of the seat is open now, at most once a minute, to spare the database.

    An open page is attendance of the day. It is presence only if NETWORK is the room (``room_presence``).
    """
    now = timezone.now()
    room_presence.record_presence(seat, network)
    if seat.seen_at and now - seat.seen_at < RECORD_EVERY:
        return
    Seat.objects.filter(pk=seat.pk).update(seen_at=now)
    seat.seen_at = now
    workshop = seat.workshop
    if workshop.begins <= now < workshop.ends:
        Attendance.objects.get_or_create(seat=seat, day=workshop.today)
