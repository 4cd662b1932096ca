"""The roster: who sits at which seat, as a CSV file. An import is all or nothing."""

import csv
import io
from collections.abc import Iterator, Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from vaka.web.spreadsheets import plain
from vaka.workshops.models import MAX_SEATS, Seat, Workshop

COLUMNS = ("seat", "name", "partner")
LARGEST = 100_000  # bytes
MAX_NAME = 100  # characters

type Line = Mapping[str, str]  # the cells of a line, by column


class RosterErrors(Exception):
    """What is wrong with a file: a sentence for each line in error. Nothing of the file was imported."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


def rows(workshop: Workshop) -> Iterator[list[object]]:
    yield [*COLUMNS, "joined"]
    for seat in workshop.seats.all():
        joined = seat.joined_at.astimezone(workshop.zone).strftime("%Y-%m-%d %H:%M") if seat.joined_at else ""
        yield [seat.number, seat.name, seat.partner, joined]


def read(workshop: Workshop, data: bytes) -> int:
    """Reserve a seat for each line. Return how many seats were made or changed. Raises RosterErrors.

    A line is a name, or has the columns of the header: ``name``, and if wanted ``seat`` and ``partner``. A line without
    a seat number belongs to the seat with its name, else to the next free one. A reserved seat gets the name of its
    line. A line that agrees with its seat changes nothing, so an exported file can be imported again.
    """
    lines = _lines(data)
    with transaction.atomic():
        Workshop.objects.select_for_update().get(pk=workshop.pk)
        changed = _changed_seats(workshop, lines)
        for seat in changed:
            seat.save()
    return len(changed)


def _lines(data: bytes) -> list[tuple[int, Line]]:
    """(line number, cells) of each line that is not empty."""
    if len(data) > LARGEST:
        raise RosterErrors([_("The file is larger than 100 KB. Import a file that has only names.")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise RosterErrors(
            [_("Line %(line)d: this is not UTF-8. Save the file as “CSV UTF-8”.") % {"line": line}]
        ) from None
    reader = csv.reader(io.StringIO(text), delimiter=";" if text.count(";") > text.count(",") else ",")
    columns: tuple[str, ...] = ("name", "partner")
    found: list[tuple[int, Line]] = []
    try:
        for cells in reader:
            values = [plain(cell) for cell in cells]
            if not found and "name" in [value.lower() for value in values]:
                columns = tuple(value.lower() for value in values)
            elif any(values):
                found.append((reader.line_num, dict(zip(columns, values, strict=False))))
    except csv.Error as error:
        raise RosterErrors([_("Line %(line)d: %(why)s.") % {"line": reader.line_num, "why": error}]) from None
    if not found:
        raise RosterErrors([_("The file has no names.")])
    return found


def _changed_seats(workshop: Workshop, lines: list[tuple[int, Line]]) -> list[Seat]:
    """The seats that the lines make or change, not yet saved."""
    seats = {seat.number: seat for seat in workshop.seats.all()}
    numbers = _SeatNumbers(workshop, seats, lines)
    errors, changed, used = list[str](), list[Seat](), set[int]()
    for line_number, line in lines:
        number, why = numbers.of(line)
        seat = seats.get(number) or Seat(workshop=workshop, number=number)
        agrees = seat.pk is not None and _agrees(seat, line)
        if not why and number in used:
            why = _("seat %(seat)d is in the file twice") % {"seat": number}
        if not why and seat.user_id is not None and not agrees:
            why = _("seat %(seat)d is taken by another name") % {"seat": number}
        if why:
            errors.append(_("Line %(line)d: %(why)s.") % {"line": line_number, "why": why})
            continue
        used.add(number)
        if not agrees:
            seat.name, seat.partner = line["name"], line.get("partner", seat.partner)
            changed.append(seat)
    if errors:
        raise RosterErrors(errors)
    return changed


def _agrees(seat: Seat, line: Line) -> bool:
    """Whether a line says what the seat has. A line without a seat number need not name the partner."""
    if line.get("seat"):
        return (seat.name, seat.partner) == (line["name"], line.get("partner", seat.partner))
    return seat.name.casefold() == line["name"].casefold() and line.get("partner") in (None, "", seat.partner)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 5


class _SeatNumbers:
    """Finds the seat number of each line: the one in the file, that of the seat with the name, or the next free one."""

    def __init__(self, workshop: Workshop, seats: Mapping[int, Seat], lines: list[tuple[int, Line]]) -> None:
        in_file = {int(line["seat"]) for _number, line in lines if _is_number(line.get("seat", ""))}
        self._seat_count = workshop.seat_count
        self._free = (n for n in range(1, MAX_SEATS + 1) if n not in seats and n not in in_file)
        self._others = [seat for number, seat in sorted(seats.items()) if number not in in_file]

    def of(self, line: Line) -> tuple[int, str]:
        """The seat number of a line, and what is wrong with the line."""
        if not line.get("name"):
            return 0, _("the name is missing")
        if len(line["name"]) > MAX_NAME or len(line.get("partner", "")) > MAX_NAME:
            return 0, _("a name is longer than 100 characters")
        text = line.get("seat", "")
        number = int(text) if _is_number(text) else 0 if text else self._of_name(line)
        if not 1 <= number <= self._seat_count:
            of = {"seat": text, "seats": self._seat_count}
            why = (
                _("“%(seat)s” is not a seat number from 1 to %(seats)d")
                if text
                else _("there are more names than seats (%(seats)d)")
            )
            return 0, why % of
        return number, ""

    def _of_name(self, line: Line) -> int:
        same = [seat for seat in self._others if seat.name.casefold() == line["name"].casefold()]
        if not same:
            return next(self._free, 0)
        seat = next((seat for seat in same if seat.partner == line.get("partner", "")), same[0])
        self._others.remove(seat)
        return seat.number
