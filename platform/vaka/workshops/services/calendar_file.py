"""The agenda of a workshop as a calendar file (RFC 5545). Times are in UTC, so every calendar shows them in its own time zone."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.conf import settings
from django.utils import timezone

from vaka.workshops.models import AgendaItem, Workshop

LINE = 75  # octets at most, without the line break (section 3.1)


def written(workshop: Workshop) -> bytes:
    """Return the file: an event for each agenda item."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Vaka//Timetable//EN"]
    for item in workshop.agenda.all():
        lines += _event(workshop, item)
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) + b"\r\n" for line in lines)


def _event(workshop: Workshop, item: AgendaItem) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:agenda-{item.pk}@{settings.PUBLIC_URL.partition('://')[2]}"
    yield f"DTSTAMP:{_utc(timezone.now())}"
    yield f"DTSTART:{_utc(item.from_at)}"
    yield f"DTEND:{_utc(item.to_at)}"
    yield f"SUMMARY:{_text(item.title)}"
    yield f"DESCRIPTION:{_text(workshop.title)}"
    if workshop.place:
        yield f"LOCATION:{_text(workshop.place)}"
    yield "END:VEVENT"


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """Escape a text (section 3.3.11). It may contain no control characters except line breaks."""
    plain = "".join(sign for sign in value.replace("\r\n", "\n") if sign == "\n" or sign.isprintable())
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """Fold a line without cutting a character: a continuation line begins with a space."""
    found, length = bytearray(), 0
    for sign in line:
        octets = sign.encode()
        if length + len(octets) > LINE:
            found += b"\r\n "
            length = 1
        found += octets
        length += len(octets)
    return bytes(found)
