"""An agenda that is pasted from a spreadsheet: a table with a line for each agenda item. All lines are added, or none.

``pasted_agenda_times`` reads the times of a line.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from courses.loader import catalogue
from labs.registry import versions
from labs.translations import authored
from vaka.web import spreadsheets
from vaka.web.spreadsheets import plain
from vaka.workshops.models import AgendaItem, Workshop
from vaka.workshops.services import agenda_items, pasted_agenda_times

MOST_LINES, LARGEST = 200, 50_000  # lines; letters of the whole table
MOST_PIECES = 10  # of a title between its commas
COLUMNS = ("day", "from", "to", "title", "kind", "content", "notes")  # their order, if the first line names none
# Headers as people write them
HEADERS = {
    "date": "day",
    "start": "from",
    "begin": "from",
    "time": "from",
    "when": "from",
    "end": "to",
    "until": "to",
    "session": "title",
    "item": "title",
    "agenda item": "title",
    "topic": "title",
    "type": "kind",
    "labs": "content",
    "courses": "content",
    "lessons": "content",
    "courses, lessons and labs": "content",
    "material": "content",
    "instructor notes": "notes",
}
KINDS = {  # as people write them
    "session": AgendaItem.Kind.PRACTICE,
    "hands-on": AgendaItem.Kind.PRACTICE,
}
BREAKS = re.compile(r"\b(break|lunch|coffee|tea|dinner|pause)\b", re.IGNORECASE)
PREFIXES = ("lab", "lesson", "course")


class AgendaErrors(Exception):
    """The mistakes of a table: a sentence for each place. Nothing was added."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Names:
    """The labs, lessons and courses of the site, by the names that a line may use: ids and titles, in lower case."""

    labs: Mapping[str, str]
    lessons: Mapping[str, str]
    courses: Mapping[str, str]

    @classmethod
    def known(cls) -> "Names":
        courses = catalogue(settings.COURSE_CONTENT).values()
        lessons = [(course, lesson) for course in courses for lesson in course.lessons()]
        return cls(
            labs=_by_name((lab.id, lab.id, authored(lab.title)) for lab in versions.all_labs()),
            lessons=_by_name((f"{c.id}/{one.id}", one.id, one.title, f"{c.id}/{one.id}") for c, one in lessons),
            courses=_by_name((course.id, course.id, course.title) for course in courses),
        )

    def find(self, written: str) -> tuple[str, str] | None:
        """Return the field of an agenda item, and the id. A name that several things have means the lab, then the lesson."""
        prefix, _colon, rest = written.partition(":")
        wanted = prefix.strip().lower()
        for field, kind, names in zip(
            ("labs", "lessons", "courses"), PREFIXES, (self.labs, self.lessons, self.courses), strict=True
        ):
            name = rest if wanted == kind else "" if wanted in PREFIXES else written
            if found := names.get(name.strip().lower()):
                return field, found
        return None


def _by_name(things: Iterator[tuple[str, ...]]) -> dict[str, str]:
    return {name.lower(): id_ for id_, *names in things for name in names}


def add(workshop: Workshop, text: str) -> list[AgendaItem]:
    """Add an agenda item for each line. Raises AgendaErrors."""
    items, errors, names = list[AgendaItem](), list[str](), Names.known()
    lines = _lines(text)
    for at, (number, cells) in enumerate(lines):
        following = lines[at + 1][1] if at + 1 < len(lines) else {}
        try:
            items.append(_item(workshop, cells, following, items[-1] if items else None, names))
        except ValidationError as error:
            errors += [_("Line %(line)d: %(why)s") % {"line": number, "why": why} for why in error.messages]
    if errors:
        raise AgendaErrors(errors)
    with transaction.atomic():
        for item in items:
            item.save()
            agenda_items.build_ahead(item)
    return items


def _lines(text: str) -> list[tuple[int, Mapping[str, str]]]:
    """The lines that are not empty, each with its number and its cells by column. Raises AgendaErrors."""
    if len(text) > LARGEST:
        raise AgendaErrors([_("The table is too large. Paste at most %(n)d lines.") % {"n": MOST_LINES}])
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=_delimiter(first))
    try:
        rows = [(reader.line_num, [plain(cell) for cell in row]) for row in reader]
    except csv.Error as error:
        raise AgendaErrors([_("Line %(line)d: %(why)s") % {"line": reader.line_num, "why": error}]) from None
    rows = [(number, row) for number, row in rows if any(row)]
    if not rows:
        raise AgendaErrors([_("The table is empty. Paste at least one line.")])
    header = [_column(cell) for cell in rows[0][1]]
    is_named = "title" in header and "from" in header
    if len(rows) - is_named > MOST_LINES:
        raise AgendaErrors([_("The table is too large. Paste at most %(n)d lines.") % {"n": MOST_LINES}])
    columns: Sequence[str] = header if is_named else COLUMNS
    return [(number, dict(zip(columns, row, strict=False))) for number, row in rows[is_named:]]


def _delimiter(first: str) -> str:
    """Return the character that separates the cells. A spreadsheet pastes tabs, and no name has one."""
    return "\t" if "\t" in first else spreadsheets.delimiter(first, ";,")


def _column(header: str) -> str:
    name = header.strip().rstrip(":").lower()
    return name if name in COLUMNS else HEADERS.get(name, "")


def _item(
    workshop: Workshop, cells: Mapping[str, str], following: Mapping[str, str], before: AgendaItem | None, names: Names
) -> AgendaItem:
    """Make the item of a line. Raises ValidationError."""
    title = cells.get("title", "")
    if not title:
        raise ValidationError(_("The title is missing. Write one, or remove the line."))
    times = pasted_agenda_times.read(cells.get("from", ""), cells.get("to", ""))
    day_before = before.from_at.astimezone(workshop.zone).date() if before else workshop.first_day
    day = _day(workshop, cells.get("day", ""), times.day, day_before)
    ends = times.ends or _next_start(workshop, following, day)
    if times.begins is None or ends is None:
        raise ValidationError(_("“%(title)s” needs a start and an end, such as 09:00 and 10:30.") % {"title": title})
    from_at, to_at = (datetime.combine(day, one, workshop.zone) for one in (times.begins, ends))
    item = AgendaItem(workshop=workshop, title=title, from_at=from_at, to_at=to_at, notes=cells.get("notes", ""))
    item.kind = _kind(cells.get("kind", ""), title)
    for field, id_ in _content(cells.get("content", ""), names):
        getattr(item, field).append(id_)
    item.full_clean(exclude=["courses", "labs", "lessons", "workshop"])
    return item


def _content(cell: str, names: Names) -> Iterator[tuple[str, str]]:
    """Yield the field and the id of each thing that a cell names. Raises ValidationError.

    A comma separates two names, or is part of a title: as many pieces as make a known name are one name.
    """
    for part in re.split(r"[;\n]", cell):
        pieces, at = part.split(","), 0
        while at < len(pieces):
            tried = ((n, names.find(",".join(pieces[at : at + n]).strip())) for n in range(MOST_PIECES, 0, -1))
            length, found = next(((n, found) for n, found in tried if found), (1, None))
            written = pieces[at].strip()
            if found:
                yield found
            elif written:
                text = _("This site has no lab, lesson or course “%(name)s”. Use an id or a title of the catalogue.")
                raise ValidationError(text % {"name": written})
            at += length


def _kind(written: str, title: str) -> str:
    """The kind of an item. Without one, a title with a word such as “lunch” is a break."""
    if not written:
        return AgendaItem.Kind.BREAK if BREAKS.search(title) else AgendaItem.Kind.PRACTICE
    for kind in AgendaItem.Kind:
        if written.lower() in (kind.value, str(kind.label).lower()):
            return kind
    if written.lower() in KINDS:
        return KINDS[written.lower()]
    kinds = ", ".join(str(kind.label) for kind in AgendaItem.Kind)
    raise ValidationError(_("“%(kind)s” is not a kind. Use one of: %(kinds)s.") % {"kind": written, "kinds": kinds})


def _next_start(workshop: Workshop, cells: Mapping[str, str], day: date) -> time | None:
    """The start of the following line, if it is on this day. If its day or times cannot be read, that line says so."""
    try:
        times = pasted_agenda_times.read(cells.get("from", ""), cells.get("to", ""))
        return times.begins if _day(workshop, cells.get("day", ""), times.day, day) == day else None
    except ValidationError:
        return None


def _day(workshop: Workshop, written: str, of_times: date | None, otherwise: date) -> date:
    """The day of a line: that of its own cell, else the one OF_TIMES, else that of the line before. Raises ValidationError."""
    if not written:
        return of_times or otherwise
    day = _written_day(workshop, written)
    if of_times and of_times != day:
        text = _("The times are on another day than its line, which is on %(day)s. Correct one of them.")
        raise ValidationError(text % {"day": day.isoformat()})
    return day


def _written_day(workshop: Workshop, written: str) -> date:
    """A day as its number, with or without a word before it, or its date as 2026-12-31. Raises ValidationError."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        pass
    number = re.fullmatch(r"(?:\w+\s+)?(\d{1,2})", written)
    days = (workshop.last_day - workshop.first_day).days + 1
    if number is None or not 1 <= int(number[1]) <= days:
        text = _("“%(day)s” is not a day of this workshop. Write 1 to %(days)d, or a date such as %(date)s.")
        raise ValidationError(text % {"day": written, "days": days, "date": workshop.first_day.isoformat()})
    return workshop.first_day + timedelta(days=int(number[1]) - 1)
