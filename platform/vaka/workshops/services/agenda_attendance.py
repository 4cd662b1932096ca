"""The attendance of seats at agenda items: by presence in the room, unless the team has corrected it by hand."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db import transaction
from django.utils import timezone

from vaka.accounts.models import User
from vaka.workshops.models import AgendaItem, AttendanceMark, Presence, Seat, SeatLogEntry, Workshop
from vaka.workshops.services import seat_log

PART = 0.5  # of an item: whoever was in the room for so much of it attended


@dataclass(frozen=True)
class AttendanceGrid:
    """Seats and agenda items. Four queries for any number of either."""

    workshop: Workshop

    @cached_property
    def items(self) -> list[AgendaItem]:
        """The items that have begun before the close, without breaks."""
        held = self.workshop.agenda.exclude(kind=AgendaItem.Kind.BREAK)
        return list(held.filter(from_at__lte=self.workshop.held_until))

    @cached_property
    def seats(self) -> list[Seat]:
        """The seats with a name. Somebody of the roster who has not joined can have signed the sheet on paper."""
        return list(self.workshop.seats.all())

    @cached_property
    def _marks(self) -> Mapping[tuple[int, int], bool]:
        marks = AttendanceMark.objects.filter(item__workshop=self.workshop)
        return {(seat, item): attended for seat, item, attended in marks.values_list("seat", "item", "attended")}

    @cached_property
    def _presences(self) -> Mapping[int, list[tuple[datetime, datetime]]]:
        found: dict[int, list[tuple[datetime, datetime]]] = {}
        times = Presence.objects.filter(seat__workshop=self.workshop).values_list("seat", "began_at", "last_at")
        for seat, began_at, last_at in times:
            found.setdefault(seat, []).append((began_at, last_at))
        return found

    def was_in_room_for_half(self, seat: Seat, item: AgendaItem) -> bool:
        """Whether the seat was in the room for half of the item."""
        there = timedelta()
        for began_at, last_at in self._presences.get(seat.pk, ()):
            there += max(timedelta(), min(last_at, item.to_at) - max(began_at, item.from_at))
        return there >= PART * item.length

    def is_marked(self, seat: Seat, item: AgendaItem) -> bool:
        return (seat.pk, item.pk) in self._marks

    def attended(self, seat: Seat, item: AgendaItem) -> bool:
        return self._marks.get((seat.pk, item.pk), self.was_in_room_for_half(seat, item))

    def hours(self, seat: Seat) -> float:
        """The hours of the items that the seat attended."""
        return _hours(item for item in self.items if self.attended(seat, item))

    @property
    def hours_held(self) -> float:
        return _hours(self.items)

    @property
    def rows(self) -> list[tuple[Seat, list[tuple[AgendaItem, bool, bool]], float]]:
        """(seat, (item, attended, written down by hand) of each item, hours)."""
        return [
            (
                seat,
                [(item, self.attended(seat, item), self.is_marked(seat, item)) for item in self.items],
                self.hours(seat),
            )
            for seat in self.seats
        ]


def _hours(items: Iterable[AgendaItem]) -> float:
    return round(sum(item.length.total_seconds() for item in items) / 3600, 2)


type Cell = tuple[int, int]  # the number of a seat, and the id of an agenda item


def record(workshop: Workshop, by: User, before: Collection[Cell], after: Collection[Cell]) -> int:
    """Record the attendance AFTER, from a page that showed BEFORE. Return how many entries changed.

    Meanwhile the presence in the room goes on, and another item may have begun, so entries that the page did not change stay as
    they are. An entry that agrees with the presence in the room needs no mark. The log of each seat says what changed.
    """
    grid, changed = AttendanceGrid(workshop), 0
    with transaction.atomic():
        for seat in grid.seats:
            titles = []
            for item in grid.items:
                cell = seat.number, item.pk
                wanted = cell in after
                if wanted == (cell in before) or wanted == grid.attended(seat, item):
                    continue
                facts = {"attended": wanted, "by": by, "at": timezone.now()}
                AttendanceMark.objects.update_or_create(seat=seat, item=item, defaults=facts)
                titles.append(f"{item.title}: {'+' if wanted else '−'}")
            if titles:
                seat_log.record(workshop, seat, by, SeatLogEntry.Kind.ATTENDANCE, ", ".join(titles))
            changed += len(titles)
    return changed
