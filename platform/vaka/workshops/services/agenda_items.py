"""Agenda items: when a new one begins; opened for the trainees, closed again, moved, removed; their labs built ahead."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from labs.capacity import fits
from labs.models.pool_size import PoolSize
from labs.registry import versions
from vaka.accounts.models import User
from vaka.workshops import events
from vaka.workshops.models import AgendaItem, SeatLogEntry, Workshop
from vaka.workshops.services import forbidden_copies, seat_log

FIRST_HOUR, EVENING = time(9), time(16)  # local; after an item that ends in the evening, the next one is tomorrow's
COPIED_FIELDS = ("kind", "title", "courses", "lessons", "labs", "notes", "built_ahead")  # of a duplicate


def next_start(workshop: Workshop, length: timedelta) -> datetime:
    """Return the start of the next agenda item: where the last one ends, or the next morning if that is the end of a day.

    A morning begins as the first one of the workshop does. On the last day an item follows the last one.
    """
    items = list(workshop.agenda.all())
    if not items:
        return datetime.combine(workshop.first_day, FIRST_HOUR, workshop.zone)
    last = max(item.to_at for item in items).astimezone(workshop.zone)
    morning = items[0].from_at.astimezone(workshop.zone).time()
    is_evening = last.time() >= EVENING or (last + length).date() != last.date()
    if not is_evening or last.date() >= workshop.last_day:
        return last
    return datetime.combine(last.date() + timedelta(days=1), morning, workshop.zone)


def build_ahead(item: AgendaItem) -> None:
    """Request one copy of each lab of the item for each seat (of a class lab, enough for all seats). Replaces earlier requests."""
    with transaction.atomic():
        PoolSize.objects.filter(agendaitem=item).delete()
        if not item.built_ahead or item.workshop.closed_at or item.exam_problem:
            return
        times = {"from_at": item.from_at, "until_at": item.to_at}
        name = f"{item.workshop.title[:60]}, {item.title[:36]}"
        seats, known = item.workshop.seat_count, {lab.id: lab for lab in versions.all_labs()}
        copies = {lab: fits.copies(known[lab], seats) if lab in known else seats for lab in item.labs}
        item.pools.set(
            [PoolSize.objects.create(lab=lab, workshop=name, at_start=n, **times) for lab, n in copies.items()]
        )


def apply_change(item: AgendaItem) -> None:
    """Let the site follow a change of an item that was saved: labs that are built ahead, copies of the team, pages of seats."""
    build_ahead(item)
    forbidden_copies.stop(item.workshop)
    _tell_seats(item)


def _tell_seats(item: AgendaItem) -> None:
    """Let the open pages of seats show an item that was changed or removed, if trainees see it."""
    if item.opened_at:
        events.publish(item.workshop, "agenda")


def build_all_ahead(workshop: Workshop) -> None:
    """Renew the requests of all items, after the number of seats has changed or the workshop was closed."""
    for item in workshop.agenda.select_related("workshop"):
        build_ahead(item)


def open_item(item: AgendaItem, by: User) -> bool:
    """Show an agenda item to the trainees; False if it is open already."""
    with transaction.atomic():
        if not AgendaItem.objects.filter(pk=item.pk, opened_at=None).update(opened_at=timezone.now()):
            return False
        seat_log.record(item.workshop, None, by, SeatLogEntry.Kind.OPEN_ITEM, item.title)
    return True


def close_item(item: AgendaItem, by: User) -> bool:
    """Hide an agenda item from the trainees again; False if it is not open. Their labs go on, and their work stays.

    An exam that somebody has begun is ended instead (``exams.end``). One that was ended before anybody began can be opened again.
    """
    closed = {"opened_at": None, "ended_at": None, "results_opened_at": None}
    with transaction.atomic():
        opened = AgendaItem.objects.select_for_update(no_key=True).filter(pk=item.pk).exclude(opened_at=None)
        # The lock first: exams.begin holds it
        if not list(opened) or item.sittings.begun().exists() or not opened.update(**closed):
            return False
        seat_log.record(item.workshop, None, by, SeatLogEntry.Kind.CLOSE_ITEM, item.title)
    return True


def move_all(old: Workshop, new: Workshop) -> int:
    """Move the items that are not open with the first day of their workshop, from OLD to NEW; return how many moved.

    They keep their local time, also when the workshop changes its time zone. The caller renews the requests for labs.
    """
    if (old.first_day, old.time_zone) == (new.first_day, new.time_zone):
        return 0
    items = list(new.agenda.filter(opened_at=None))
    for item in items:
        item.from_at, item.to_at = moved_time(item.from_at, old, new), moved_time(item.to_at, old, new)
        item.save(update_fields=["from_at", "to_at"])
    return len(items)


def moved_time(at: datetime, old: Workshop, new: Workshop) -> datetime:
    """Return a time of OLD on the same day of NEW: at the same local hour, also across a change to summer time."""
    return (at.astimezone(old.zone) + (new.first_day - old.first_day)).replace(tzinfo=new.zone)


def remove_item(item: AgendaItem) -> bool:
    """Remove an agenda item; False if it is an exam that somebody has begun: its results would be lost."""
    if item.sittings.begun().exists():
        return False
    with transaction.atomic():
        PoolSize.objects.filter(agendaitem=item).delete()
        item.delete()
        forbidden_copies.stop(item.workshop)
        _tell_seats(item)
    return True
