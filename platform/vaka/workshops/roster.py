"""The list of who is to sit where, as a file of a spreadsheet: what comes in is read whole or not at all."""

import csv
import io
from collections.abc import Iterator

from django.db import transaction
from django.utils.translation import gettext as _

from vaka.web.sheets import plain
from vaka.workshops.models import MOST_SEATS, Workshop
from vaka.workshops.seats import WorkshopSeat

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

    A seat that is there and that nobody has opened gets the name of its line. Returns how many lines there were.
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


def _fit(workshop: Workshop, wanted: list[tuple[int, dict[str, str]]]) -> list[WorkshopSeat]:
    seats = {seat.number: seat for seat in workshop.places.all()}
    errors, made = list[str](), dict[int, WorkshopSeat]()
    named = {int(one["seat"]) for _line, one in wanted if one.get("seat", "").isdecimal() and len(one["seat"]) < 5}
    free = (n for n in range(1, MOST_SEATS + 1) if n not in seats and n not in named)
    for line, one in wanted:
        number, why = _number(workshop, one, free)
        if not why and number in made:
            why = _("seat %(seat)d is in the file twice") % {"seat": number}
        if not why and number in seats and seats[number].user_id is not None:
            why = _("somebody sits at seat %(seat)d already") % {"seat": number}
        if why:
            errors.append(_("Line %(line)d: %(why)s.") % {"line": line, "why": why})
            continue
        seat = made[number] = seats.get(number) or WorkshopSeat(workshop=workshop, number=number)
        seat.name, seat.partner = one["name"], one.get("partner", "")
    if errors:
        raise RosterErrors(errors)
    return list(made.values())


def _number(workshop: Workshop, one: dict[str, str], free: Iterator[int]) -> tuple[int, str]:
    """The seat of a line, and what is wrong with the line."""
    if not one.get("name"):
        return 0, _("it has no name")
    if len(one["name"]) > 100 or len(one.get("partner", "")) > 100:
        return 0, _("a name is longer than 100 letters")
    said = one.get("seat", "")
    number = int(said) if said.isascii() and said.isdecimal() and len(said) < 5 else 0 if said else next(free, 0)
    if not 1 <= number <= workshop.seats:
        why = _("“%(seat)s” is no seat of 1 to %(seats)d") if said else _("there are more names than seats (%(seats)d)")
        return 0, why % {"seat": said, "seats": workshop.seats}
    return number, ""
