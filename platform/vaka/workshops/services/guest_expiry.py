"""Guest accounts expire ``GUEST_DAYS`` after the guest's last workshop, and so do the seats of people who never came.

The report keeps counts of the guests, without names.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from labs.lifecycle.daily_cleaning import Leftover
from vaka.accounts.models import GUEST_PREFIX, User
from vaka.workshops.models import DETAILS, Seat, Workshop
from vaka.workshops.services import learning_gain
from vaka.workshops.services.funders_report import FundersReport
from vaka.workshops.services.report import Report, SeatResult


def expires_on(seat: Seat) -> date | None:
    """The day on which the guest at this seat is deleted; None if the seat has an account."""
    if not seat.is_guest or seat.user_id is None:
        return None
    last = max(Seat.objects.of(seat.user_id).select_related("workshop"), key=_expires_at)
    return _expires_at(last).astimezone(seat.workshop.zone).date()


def _expires_at(seat: Seat) -> datetime:
    return seat.workshop.over_since + timedelta(days=settings.GUEST_DAYS)


def leftovers() -> Iterator[Leftover]:
    """Expired guests, by workshop. The daily cleaning calls it (CLEANERS)."""
    now = timezone.now()
    seats = Seat.objects.of_guests().select_related("workshop", "user")
    stay = {seat.user_id for seat in seats if _expires_at(seat) > now}
    expired: dict[int, list[Seat]] = {}
    for seat in seats:
        if seat.user_id not in stay:
            expired.setdefault(seat.workshop_id, []).append(seat)
    for of_workshop in expired.values():
        what = f"{_count_guests(len(of_workshop))} of “{of_workshop[0].workshop.title}”"
        yield Leftover(what, 0, partial(_expire, of_workshop))
    yield from _names_of_absent_people(now)
    yield from _details(now)
    unseated = _without_a_seat(now)
    if unseated:
        yield Leftover(f"{_count_guests(len(unseated))} without a seat", 0, partial(_delete, unseated))


def _names_of_absent_people(now: datetime) -> Iterator[Leftover]:
    """Yield the seats that nobody has taken, by workshop: they only have the names from a roster."""
    by_workshop: dict[Workshop, list[Seat]] = {}
    for seat in Seat.objects.filter(user=None).select_related("workshop"):
        if _expires_at(seat) <= now:
            by_workshop.setdefault(seat.workshop, []).append(seat)
    for workshop, seats in by_workshop.items():
        what = f"{len(seats)} seat{'s' if len(seats) > 1 else ''} without a person of “{workshop.title}”"
        yield Leftover(what, 0, partial(_expire, seats))


def _details(now: datetime) -> Iterator[Leftover]:
    """Yield the details of a roster for the report, by workshop, GUEST_DAYS after its end. Seats with an account lose them."""
    told = Seat.objects.exclude(**dict.fromkeys(DETAILS, "")).select_related("workshop")
    by_workshop: dict[Workshop, list[int]] = {}
    for seat in told:
        if _expires_at(seat) <= now:
            by_workshop.setdefault(seat.workshop, []).append(seat.pk)
    for workshop, seats in by_workshop.items():
        what = f"country, organisation and gender at {len(seats)} seat{'s' if len(seats) > 1 else ''} of “{workshop.title}”"
        yield Leftover(what, 0, partial(_clear_details, seats))


def _clear_details(seats: Collection[int]) -> bool:
    return bool(Seat.objects.filter(pk__in=seats).update(**dict.fromkeys(DETAILS, "")))


def _count_guests(count: int) -> str:
    return f"{count} guest{'s' if count > 1 else ''}"


def _without_a_seat(now: datetime) -> list[User]:
    """Guests whose seat was freed, and whose device has not signed in for GUEST_DAYS."""
    before = now - timedelta(days=settings.GUEST_DAYS)
    guests = User.objects.filter(username__startswith=GUEST_PREFIX, workshop_seats=None)
    absent = guests.annotate(came=Coalesce("last_login", "date_joined")).filter(came__lte=before)
    return [user for user in absent if user.is_guest]


def _expire(seats: Collection[Seat]) -> bool:
    """Add the results of these seats of one workshop to its counts, then delete the seats and their users."""
    with transaction.atomic():
        workshop = Workshop.objects.select_for_update(no_key=True).get(pk=next(iter(seats)).workshop_id)
        mine = {seat.pk for seat in seats}
        rows = [row for row in Report(workshop).rows if row.seat.pk in mine]
        guests = [seat.user_id for seat in seats if seat.user_id]
        kept = learning_gain.with_guests(workshop, guests)
        funder = FundersReport(workshop).with_expired(mine)
        counts = add_counts(workshop.expired_guests, rows) | ({"learning": kept} if kept else {})
        workshop.expired_guests = counts | {"funder": funder}
        workshop.save(update_fields=["expired_guests"])
        for seat in seats:
            Seat.objects.filter(pk=seat.pk).delete()
        # A guest of two workshops is deleted with the last of the two seats
        users = User.objects.filter(pk__in=[seat.user_id for seat in seats], workshop_seats=None)
        _delete([user for user in users if user.is_guest])
    return True


def _delete(users: Collection[User]) -> bool:
    for user in users:
        user.delete()
    return True


def add_counts(before: dict[str, Any], rows: Collection[SeatResult]) -> dict[str, Any]:
    """The counts, increased by these seats: {"seats", "met", "days": {day: n}, "labs": {lab: {"tried", "passed"}}}."""
    days, labs = dict(before.get("days", {})), dict(before.get("labs", {}))
    for row in rows:
        for day in row.days:
            days[day.isoformat()] = days.get(day.isoformat(), 0) + 1
        for result in row.labs:
            had = labs.get(result.lab.id, {"tried": 0, "passed": 0})
            passed = bool(result.best and result.best.is_full)
            labs[result.lab.id] = {"tried": had["tried"] + bool(result.best), "passed": had["passed"] + passed}
    met = before.get("met", 0) + sum(row.met for row in rows)
    return {"seats": before.get("seats", 0) + len(rows), "met": met, "days": days, "labs": labs}
