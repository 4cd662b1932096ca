"""The list of who is to sit where, as a file of a spreadsheet: what comes in is read whole or not at all."""

import csv
import io
from collections.abc import Iterator, Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from vaka.web.spreadsheets import plain
from vaka.workshops.models import MOST_SEATS, Workshop
from vaka.workshops.models.seat import Seat

COLUMNS = ("seat", "name", "partner")
LARGEST = 100_000  # bytes


class RosterErrors(Exception):
    """What is wrong with a file, each a sentence with its line; nothing of it was kept."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


def rows(workshop: Workshop) -> Iterator[list[object]]:
    yield [*COLUMNS, "joined"]
    for seat in workshop.places.all():
        joined = seat.joined_at.astimezone(workshop.zone).strftime("%Y-%m-%d %H:%M") if seat.joined_at else ""
        yield [seat.number, seat.name, seat.partner, joined]


def read(workshop: Workshop, data: bytes) -> int:
    """Make a seat for each line: ``name``, or with a head line ``seat``, ``name``, ``partner``. Raises RosterErrors.

    A seat that is there and that nobody has opened gets the name of its line; without a number, the one of that name.
    A line that says what a seat already says changes nothing, so a list that went out comes back. Returns how many
    seats were made or named anew.
    """
    wanted = _lines(data)
    with transaction.atomic():
        Workshop.objects.select_for_update().get(pk=workshop.pk)
        made = _fit(workshop, wanted)
        for seat in made:
            seat.save()
    return len(made)


def _lines(data: bytes) -> list[tuple[int, dict[str, str]]]:
    """The lines with their numbers, and what each column has."""
    if len(data) > LARGEST:
        raise RosterErrors([_("The file is larger than 100 KB: it is no list of people.")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise RosterErrors(
            [_("Line %(line)d: this is not UTF-8. Save the file as “CSV UTF-8”.") % {"line": line}]
        ) from None
    reader = csv.reader(io.StringIO(text), delimiter=";" if text.count(";") > text.count(",") else ",")
    columns: tuple[str, ...] = ("name", "partner")
    found: list[tuple[int, dict[str, str]]] = []
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
        raise RosterErrors([_("There is no name in the file.")])
    return found


def _fit(workshop: Workshop, wanted: list[tuple[int, dict[str, str]]]) -> list[Seat]:
    """The seats that change."""
    seats = {seat.number: seat for seat in workshop.places.all()}
    numbers = _Numbers(workshop, seats, wanted)
    errors, made, named = list[str](), list[Seat](), set[int]()
    for line, one in wanted:
        number, why = numbers.of(one)
        seat = seats.get(number) or Seat(workshop=workshop, number=number)
        says_so = seat.pk is not None and _says_so(seat, one)
        if not why and number in named:
            why = _("seat %(seat)d is in the file twice") % {"seat": number}
        if not why and seat.user_id is not None and not says_so:
            why = _("somebody sits at seat %(seat)d already") % {"seat": number}
        if why:
            errors.append(_("Line %(line)d: %(why)s.") % {"line": line, "why": why})
            continue
        named.add(number)
        if not says_so:
            seat.name, seat.partner = one["name"], one.get("partner", seat.partner)
            made.append(seat)
    if errors:
        raise RosterErrors(errors)
    return made


def _says_so(seat: Seat, one: Mapping[str, str]) -> bool:
    """Whether a line says what the seat says; one without a number found it by its name, and need not know the partner."""
    if one.get("seat"):
        return (seat.name, seat.partner) == (one["name"], one.get("partner", seat.partner))
    return seat.name.casefold() == one["name"].casefold() and one.get("partner") in (None, "", seat.partner)


def _is_number(said: str) -> bool:
    return said.isascii() and said.isdecimal() and len(said) < 5


class _Numbers:
    """Says at which seat each line is; one without a number is at the seat of its name, or at the next that is free."""

    def __init__(self, workshop: Workshop, seats: Mapping[int, Seat], wanted: list[tuple[int, dict[str, str]]]) -> None:
        said = {int(one["seat"]) for _line, one in wanted if _is_number(one.get("seat", ""))}
        self._most = workshop.seats
        self._free = (n for n in range(1, MOST_SEATS + 1) if n not in seats and n not in said)
        self._named = [seat for number, seat in sorted(seats.items()) if number not in said]

    def of(self, one: Mapping[str, str]) -> tuple[int, str]:
        """The seat of a line, and what is wrong with the line."""
        if not one.get("name"):
            return 0, _("it has no name")
        if len(one["name"]) > 100 or len(one.get("partner", "")) > 100:
            return 0, _("a name is longer than 100 letters")
        said = one.get("seat", "")
        number = int(said) if _is_number(said) else 0 if said else self._of_name(one)
        if not 1 <= number <= self._most:
            of = {"seat": said, "seats": self._most}
            why = (
                _("“%(seat)s” is no seat of 1 to %(seats)d")
                if said
                else _("there are more names than seats (%(seats)d)")
            )
            return 0, why % of
        return number, ""

    def _of_name(self, one: Mapping[str, str]) -> int:
        same = [seat for seat in self._named if seat.name.casefold() == one["name"].casefold()]
        if not same:
            return next(self._free, 0)
        seat = next((seat for seat in same if seat.partner == one.get("partner", "")), same[0])
        self._named.remove(seat)
        return seat.number
