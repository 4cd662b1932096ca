"""A hand goes up and comes down; a need is seen to. Who did it is kept."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from vaka.accounts.models import User
from vaka.workshops import news
from vaka.workshops.doings import Deed, Hand
from vaka.workshops.models import Workshop
from vaka.workshops.seats import WorkshopSeat

LONGEST = 300  # letters of a question


def raise_hand(seat: WorkshopSeat, text: str) -> Hand:
    """Ask for help; who asked already says it in other words."""
    text = text.strip()[:LONGEST]
    try:
        with transaction.atomic():
            hand = Hand.objects.create(seat=seat, text=text)
    except IntegrityError:
        Hand.objects.filter(seat=seat, lowered_at=None).update(text=text)
        hand = Hand.objects.get(seat=seat, lowered_at=None)
    news.tell(seat.workshop, "hand", seat)
    return hand


def lower_hand(seat: WorkshopSeat, by: User) -> bool:
    """It was his own doing, or somebody has helped; False if it was down."""
    lowered = Hand.objects.filter(seat=seat, lowered_at=None).update(lowered_at=timezone.now(), lowered_by=by)
    news.tell(seat.workshop, "hand", seat)
    return bool(lowered)


def resolve(workshop: Workshop, seat: WorkshopSeat, about: str, by: User) -> None:
    """Somebody has seen to a need: it leaves the list, with his name in the log."""
    with transaction.atomic():
        if about.startswith("hand:"):
            lower_hand(seat, by)
        Deed.objects.create(workshop=workshop, seat=seat, by=by, kind=Deed.Kind.HELPED, about=about[:200])
        news.tell(workshop, "helped", seat)
