"""The agenda as a calendar file, as RFC 5545 wants it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from tests.vaka.workshops.conftest import adds_item
from vaka.workshops.models import Workshop
from vaka.workshops.services import calendar_file


def unfolded(data: bytes) -> list[str]:
    assert data.endswith(b"\r\n")
    return data.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]


def test_an_hour_in_fiji_is_the_same_moment_everywhere(workshop):
    begins = datetime(2026, 12, 1, 9, tzinfo=ZoneInfo("Pacific/Fiji"))
    adds_item(workshop, "Light", from_at=begins, to_at=begins.replace(hour=12))
    lines = unfolded(calendar_file.written(workshop))
    assert "DTSTART:20261130T210000Z" in lines
    assert "DTEND:20261201T000000Z" in lines
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")


def test_texts_are_escaped_and_long_lines_folded_between_letters(workshop):
    Workshop.objects.update(place="Apia; Samoa, \\ room\r\n2\x07")
    workshop.refresh_from_db()
    adds_item(workshop, "ភាសាខ្មែរ " * 9)
    data = calendar_file.written(workshop)
    assert max(len(line) for line in data.split(b"\r\n")) <= 75
    for line in data.split(b"\r\n"):
        line.decode()  # no letter is cut
    lines = unfolded(data)
    assert "LOCATION:Apia\\; Samoa\\, \\\\ room\\n2" in lines
    assert f"SUMMARY:{'ភាសាខ្មែរ ' * 9}".strip() in [line.strip() for line in lines]


def test_each_item_keeps_its_identity(workshop):
    item = adds_item(workshop, "Light")
    uids = {line for _time in range(2) for line in unfolded(calendar_file.written(workshop)) if line.startswith("UID:")}
    assert len(uids) == 1
    assert f"agenda-{item.pk}@" in uids.pop()
