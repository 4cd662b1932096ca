"""The times of a line of a pasted agenda. A cell that is not wholly understood is refused: nobody looks for a wrong time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

TIME = re.compile(r"(\d{1,2})(?:[:.h](\d{2})(?::\d{2})?|h)?(?:\s*([ap])\.?\s?m\.?)?", re.IGNORECASE)
BETWEEN = re.compile(r"\s*(?:[-\u2010-\u2015\u2212]|\b(?:to|until)\b)\s*", re.IGNORECASE)  # dashes, minus, words
DATE = re.compile(r"(?:(?P<iso>\d{4}-\d\d-\d\d)T?|(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4}))[,\s]*")


@dataclass(frozen=True, slots=True)
class Times:
    """The start and the end of a line, and the date that was written with them, as far as the line has them."""

    begins: time | None = None
    ends: time | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class _Cell:
    times: Sequence[time] = ()
    is_12_hours: Sequence[bool] = ()  # of each time
    day: date | None = None


def read(start: str, end: str) -> Times:
    """Read the cells of the start and the end. The first one may hold both. Raises ValidationError."""
    first, second = _cell(start), _cell(end)
    if len(first.times) + len(second.times) > 2:
        raise ValidationError(_("The line has more than one end. Write a start and an end."))
    if len({*first.is_12_hours, *second.is_12_hours}) > 1:
        raise ValidationError(_("Write AM or PM after both times, or after none of them."))
    if first.day and second.day and first.day != second.day:
        raise ValidationError(_("The start and the end are on different days. Write a line for each day."))
    if not first.times:
        return Times()
    ends = (*first.times, *second.times)[1:]
    return Times(first.times[0], ends[0] if ends else None, first.day or second.day)


def _cell(written: str) -> _Cell:
    """Read one time, or a start and an end, with or without a date before them. Raises ValidationError."""
    if not written:
        return _Cell()
    try:
        day, rest = _date_before(written)
    except ValueError:
        raise _no_time(written) from None
    found = [TIME.fullmatch(part) for part in BETWEEN.split(rest)]
    times = [one for one in found if one]
    # An hour alone can be something else, but not before an end: 9–10:30
    if len(times) != len(found) or len(times) > 2 or times[-1][0].isdecimal():
        raise _no_time(written)
    try:
        return _Cell([_time(*one.groups("")) for one in times], [bool(one[3]) for one in times], day)
    except ValueError:
        text = _("Hours go to 23, and minutes to 59; with AM or PM, hours go from 1 to 12. Correct the times.")
        raise ValidationError(text) from None


def _no_time(written: str) -> ValidationError:
    text = _("“%(written)s” is not a time. Write it as 09:00 or 9:00 AM, or a start and an end as 09:00–10:30.")
    return ValidationError(text % {"written": written})


def _date_before(written: str) -> tuple[date | None, str]:
    """Return the date with which a cell begins, as 2026-12-31 or 31.12.2026, and the rest. Raises ValueError."""
    found = DATE.match(written)
    if found is None:
        return None, written
    iso, day, month, year = found.groups()
    return date.fromisoformat(iso) if iso else date(int(year), int(month), int(day)), written[found.end() :]


def _time(hours: str, minutes: str, half: str) -> time:
    """HALF is a or p for a 12-hour clock, otherwise empty. Raises ValueError."""
    hour = int(hours)
    if half and not 1 <= hour <= 12:
        raise ValueError(hours)
    return time(hour % 12 + 12 * (half.lower() == "p") if half else hour, int(minutes or 0))
