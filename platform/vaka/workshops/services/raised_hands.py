"""Raised hands, and needs for help that a member of the team marks as done."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from vaka.accounts.models import User
from vaka.workshops import events
from vaka.workshops.models import Hand, Seat, SeatLogEntry, Workshop
from vaka.workshops.room import needs

MAX_TEXT = 300  # characters of a question
MAX_ABOUT = 200
KEPT = 200  # the newest hands of a seat


def raise_hand(seat: Seat, text: str) -> Hand:
    """Raise a hand. If it is raised already, replace its text."""
    text = text.strip()[:MAX_TEXT]
    try:
        with transaction.atomic():
            hand = Hand.objects.create(seat=seat, text=text)
            newest = Hand.objects.filter(seat=seat).order_by("-raised_at", "-pk").values_list("pk", flat=True)
            Hand.objects.filter(pk__in=list(newest[KEPT:])).delete()
    except IntegrityError:
        Hand.objects.filter(seat=seat, lowered_at=None).update(text=text)
        hand = Hand.objects.get(seat=seat, lowered_at=None)
    events.publish(seat.workshop, "hand", seat)
    return hand


def lower_hand(seat: Seat, by: User, hand: int | None = None) -> bool:
    """Lower the raised hand of a seat; False if none was raised. HAND: only if the raised hand is this one."""
    raised = Hand.objects.filter(seat=seat, lowered_at=None)
    lowered = (raised if hand is None else raised.filter(pk=hand)).update(lowered_at=timezone.now(), lowered_by=by)
    if lowered:
        events.publish(seat.workshop, "hand", seat)
    return bool(lowered)


def resolve(workshop: Workshop, seat: Seat, about: str, by: User) -> bool:
    """Mark a need as done: it leaves the list, and the seat log says who helped. False if somebody else was first."""
    about = about[:MAX_ABOUT]
    kind, _colon, which = about.partition(":")
    with transaction.atomic():
        if kind == "hand":
            done = which.isdecimal() and lower_hand(seat, by, int(which))
        else:
            since = timezone.now() - timedelta(minutes=needs.RESOLVED_FOR)
            helped = SeatLogEntry.objects.filter(seat=seat, kind=SeatLogEntry.Kind.HELPED, about=about, at__gte=since)
            done = kind in needs.UNASKED and not helped.exists()
        if done:
            SeatLogEntry.objects.create(workshop=workshop, seat=seat, by=by, kind=SeatLogEntry.Kind.HELPED, about=about)
            events.publish(workshop, "helped", seat)
    return done
