"""The roster: who sits at which seat. An import is all or nothing."""

from collections.abc import Iterator, Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from vaka.workshops.models import DETAILS, MAX_SEATS, Seat, Workshop
from vaka.workshops.services.roster_file import Line, RosterErrors

COLUMNS = ("seat", "name", "partner")
MAX_NAME = 100  # characters
MOST_LINES_NAMED = 5  # of a mistake that is in many lines


def rows(workshop: Workshop, *, details: bool) -> Iterator[list[object]]:
    """The lines of our own export, the header first. DETAILS: with what is for the report only."""
    more = DETAILS if details else ()
    yield [*COLUMNS, "joined", *more]
    for seat in workshop.seats.all():
        joined = seat.joined_at.astimezone(workshop.zone).strftime("%Y-%m-%d %H:%M") if seat.joined_at else ""
        yield [seat.number, seat.name, seat.partner, joined, *(getattr(seat, name) for name in more)]


def reserve(workshop: Workshop, lines: list[tuple[int, Line]]) -> int:
    """Reserve a seat for each line. Return how many seats were made or changed. Raises RosterErrors.

    A line without a seat number belongs to the seat with its name, else to the next free one. A reserved seat gets the
    name of its line; if that is another one, its join card no longer works. A line that agrees with its seat changes nothing,
    so an exported file can be imported again.
    """
    with transaction.atomic():
        Workshop.objects.select_for_update(no_key=True).get(pk=workshop.pk)
        changed = _changed_seats(workshop, lines)
        for seat in changed:
            seat.save()
    return len(changed)


def _changed_seats(workshop: Workshop, lines: list[tuple[int, Line]]) -> list[Seat]:
    """The seats that the lines make or change, not yet saved."""
    seats = {seat.number: seat for seat in workshop.seats.all()}
    numbers = _SeatNumbers(workshop, seats, lines)
    errors, changed, used = dict[str, list[int]](), list[Seat](), set[int]()
    for line_number, line in lines:
        number, why = numbers.of(line)
        seat = seats.get(number) or Seat(workshop=workshop, number=number)
        agrees = seat.pk is not None and _agrees(seat, line)
        if not why and number in used:
            why = _("seat %(seat)d is in the file twice") % {"seat": number}
        if not why and seat.user_id is not None and not agrees:
            why = _("seat %(seat)d is taken by another name") % {"seat": number}
        if why:
            errors.setdefault(why, []).append(line_number)
            continue
        used.add(number)
        details = {name: line[name][:MAX_NAME] for name in DETAILS if name in line}
        if seat.name.casefold() != line["name"].casefold():
            seat.code, seat.code_until = "", None  # a printed card has the name of somebody else
        if not agrees:
            seat.name, seat.partner = line["name"], line.get("partner", seat.partner)
        if not agrees or any(getattr(seat, name) != text for name, text in details.items()):
            for name, text in details.items():
                setattr(seat, name, text)
            changed.append(seat)
    if errors:
        raise RosterErrors([_in_words(where, why) for why, where in errors.items()])
    return changed


def _in_words(lines: list[int], why: str) -> str:
    """A mistake, and its lines: the first ones, if it is in many."""
    if len(lines) == 1:
        return _("Line %(line)d: %(why)s.") % {"line": lines[0], "why": why}
    facts = {"lines": ", ".join(map(str, lines[:MOST_LINES_NAMED])), "n": len(lines) - MOST_LINES_NAMED, "why": why}
    if len(lines) <= MOST_LINES_NAMED:
        return _("Lines %(lines)s: %(why)s.") % facts
    return _("Lines %(lines)s and %(n)d more: %(why)s.") % facts


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
        if "@" in line["name"] or "@" in line.get("partner", ""):
            return 0, _("an e-mail address cannot be a name")
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
