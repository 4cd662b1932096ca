"""A hand goes up and comes down; a need is seen to. Who did it is kept."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from vaka.accounts.models import User
from vaka.workshops import events
from vaka.workshops.models import Workshop
from vaka.workshops.models.seat import Seat
from vaka.workshops.models.seat_log import Hand, SeatLogEntry
from vaka.workshops.room import needs

LONGEST = 300  # letters of a question
LONGEST_ABOUT = 200


def raise_hand(seat: Seat, text: str) -> Hand:
    """Ask for help; who asked already says it in other words."""
    text = text.strip()[:LONGEST]
    try:
        with transaction.atomic():
            hand = Hand.objects.create(seat=seat, text=text)
    except IntegrityError:
        Hand.objects.filter(seat=seat, lowered_at=None).update(text=text)
        hand = Hand.objects.get(seat=seat, lowered_at=None)
    events.tell(seat.workshop, "hand", seat)
    return hand


def lower_hand(seat: Seat, by: User, hand: int | None = None) -> bool:
    """It was his own doing, or somebody has helped; False if it was down. HAND: only if it is that one."""
    up = Hand.objects.filter(seat=seat, lowered_at=None)
    lowered = (up if hand is None else up.filter(pk=hand)).update(lowered_at=timezone.now(), lowered_by=by)
    if lowered:
        events.tell(seat.workshop, "hand", seat)
    return bool(lowered)


def resolve(workshop: Workshop, seat: Seat, about: str, by: User) -> bool:
    """Somebody has seen to a need: it leaves the list, with his name in the log. False if somebody was faster."""
    about = about[:LONGEST_ABOUT]
    kind, _colon, which = about.partition(":")
    with transaction.atomic():
        if kind == "hand":
            done = which.isdecimal() and lower_hand(seat, by, int(which))
        else:
            since = timezone.now() - timedelta(minutes=needs.RESOLVED_FOR)
            helped = SeatLogEntry.objects.filter(seat=seat, kind=SeatLogEntry.Kind.HELPED, about=about, at__gte=since)
            done = kind in needs.STUCK and not helped.exists()
        if done:
            SeatLogEntry.objects.create(workshop=workshop, seat=seat, by=by, kind=SeatLogEntry.Kind.HELPED, about=about)
            events.tell(workshop, "helped", seat)
    return done
