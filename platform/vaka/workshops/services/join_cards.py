"""Join cards: each has a seat code for a reserved seat, printed before its trainee comes."""

from django.db import transaction
from django.utils import timezone

from vaka.accounts import readable_codes
from vaka.accounts.models import User
from vaka.workshops.models import Seat, SeatLogEntry, Workshop


def make_card_codes(workshop: Workshop, by: User) -> list[tuple[Seat, str]]:
    """Make a seat code for each reserved seat. It opens the seat once, until the workshop is over.

    It replaces the code of an earlier card. When a trainee joins with their name instead, their card becomes invalid.
    """
    made = []
    with transaction.atomic():
        for seat in workshop.seats.select_for_update(no_key=True).filter(user=None):
            code = readable_codes.draw()
            seat.code, seat.code_until, seat.code_for_lost = readable_codes.hashed(code), workshop.ends, False
            seat.save(update_fields=["code", "code_until", "code_for_lost"])
            SeatLogEntry.objects.create(workshop=workshop, seat=seat, by=by, kind=SeatLogEntry.Kind.SEAT_CODE)
            made.append((seat, code))
    return made


def renew(workshop: Workshop) -> None:
    """Let the unused codes of cards end with the workshop, whose days or time zone have changed."""
    workshop.seats.filter(user=None).exclude(code="").update(code_until=workshop.ends)


def reserved_by_card(code: str) -> Seat | None:
    """The reserved seat that the code of a card opens now. The caller locks the workshop's row, and uses the code up."""
    wanted = {"code": readable_codes.hashed(readable_codes.typed(code)), "code_until__gt": timezone.now(), "user": None}
    return Seat.objects.select_related("workshop").filter(**wanted).first()
