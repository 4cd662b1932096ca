"""A guest's account ends some time after the last workshop of the guest. What stays of it in a report is counts, without names."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from labs.lifecycle.cleaning import Leftover
from vaka.accounts.models import User
from vaka.workshops.models import Workshop
from vaka.workshops.models.seat import Seat
from vaka.workshops.services import joining
from vaka.workshops.services.report import Results, Row


def expires_on(seat: Seat) -> date | None:
    """The day on which the guest at this seat is deleted; None for who has an account."""
    if not seat.is_guest or seat.user_id is None:
        return None
    last = max(Seat.objects.of(seat.user_id).select_related("workshop"), key=_ends)
    return _ends(last).astimezone(seat.workshop.zone).date()


def _ends(seat: Seat) -> datetime:
    return seat.workshop.over_since + timedelta(days=settings.GUEST_DAYS)


def leftovers() -> Iterator[Leftover]:
    """Guests whose time is over, by workshop; for the daily cleaning (CLEANERS)."""
    now = timezone.now()
    guests = User.objects.filter(username__startswith=joining.GUEST)
    seats = Seat.objects.filter(is_guest=True, user__in=guests).select_related("workshop", "user")
    stay = {seat.user_id for seat in seats if _ends(seat) > now}
    over: dict[int, list[Seat]] = {}
    for seat in seats:
        if seat.user_id not in stay:
            over.setdefault(seat.workshop_id, []).append(seat)
    for gone in over.values():
        who = f"{len(gone)} guest{'s' if len(gone) > 1 else ''}"
        yield Leftover(f"{who} of “{gone[0].workshop.title}”", 0, partial(_expire, gone))
    freed = _without_a_seat(guests, now)
    if freed:
        yield Leftover(f"{len(freed)} guest{'s' if len(freed) > 1 else ''} without a seat", 0, partial(_delete, freed))


def _without_a_seat(guests: Any, now: datetime) -> list[User]:
    """Whose seat was freed, and who has not come with that device since."""
    before = now - timedelta(days=settings.GUEST_DAYS)
    quiet = guests.annotate(came=Coalesce("last_login", "date_joined")).filter(came__lte=before)
    return [person for person in quiet.filter(workshop_seats=None) if joining.is_guest(person)]


def _expire(seats: Collection[Seat]) -> bool:
    """Count what these seats of one workshop have shown, and delete who sat there."""
    with transaction.atomic():
        workshop = Workshop.objects.select_for_update().get(pk=next(iter(seats)).workshop_id)
        mine = {seat.pk for seat in seats}
        workshop.expired = counted(workshop.expired, [row for row in Results(workshop).rows if row.seat.pk in mine])
        workshop.save(update_fields=["expired"])
        for seat in seats:
            Seat.objects.filter(pk=seat.pk).delete()
        # Who sat in two workshops is deleted with the last of these seats
        users = User.objects.filter(pk__in=[seat.user_id for seat in seats], workshop_seats=None)
        _delete(list(users))
    return True


def _delete(people: Collection[User]) -> bool:
    for person in people:
        person.delete()
    return True


def counted(before: dict[str, Any], rows: Collection[Row]) -> dict[str, Any]:
    """The counts of a report, with those of these seats: {"seats", "met", "days": {day: n}, "labs": {lab: {"tried", "passed"}}}."""
    days, labs = dict(before.get("days", {})), dict(before.get("labs", {}))
    for row in rows:
        for day in row.days:
            days[day.isoformat()] = days.get(day.isoformat(), 0) + 1
        for one in row.labs:
            had = labs.get(one.lab.id, {"tried": 0, "passed": 0})
            passed = bool(one.best and one.best.is_full)
            labs[one.lab.id] = {"tried": had["tried"] + bool(one.best), "passed": had["passed"] + passed}
    met = before.get("met", 0) + sum(row.met for row in rows)
    return {"seats": before.get("seats", 0) + len(rows), "met": met, "days": days, "labs": labs}
