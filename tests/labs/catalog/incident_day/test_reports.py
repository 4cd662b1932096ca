"""The reports that the desk of incident-day judges."""

import pytest

from tests.labs.catalog.incident_day.world import report


def test_a_report_with_the_times_of_the_desk_is_complete(world, over):
    assert "complete" in report(world, over)
    assert "report: complete" in world.file(1)
    assert "why: AS64505 has no filter" in world.day.command(["reports"])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("what", "forged origin"),
        ("what", ""),
        ("prefix", "3fff:2:a200::/40"),
        ("path", "64505 64504 64496"),
        ("known", "12:00"),
        ("known", "soon"),
        ("why", "No filter."),
        ("next", ""),
    ],
)
def test_a_report_that_is_not_right_says_what_is_wrong(world, over, key, value):
    assert f"{key}" in report(world, over, **{key: value})
    assert "report: not complete" in world.file(1)


def test_the_times_of_a_report_need_a_zone_and_may_be_two_minutes_away(world, over):
    assert "called:" in report(world, over, called=world.desk.clock(over.times["called"])[:8])
    assert "mended:" in report(world, over, mended=world.desk.clock(over.times["mended"] + 300))
    assert "complete" in report(world, over, mended=world.desk.clock(over.times["mended"] + 60))


def test_an_incident_that_is_open_has_no_report(world):
    one = world.begin(1, "hijack")
    now = world.desk.clock(world.time)
    assert "that is mended" in report(world, one, known=now, called=now, mended=now)
