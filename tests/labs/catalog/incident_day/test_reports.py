"""The reports that the desk of incident-day judges."""

import pytest

from tests.labs.catalog.incident_day.world import HALVES, HIJACK, report


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
        ("prefix", "3fff:1:6600::/40 and 3fff:2:a200::/40"),
        ("path", "64505 64504 64496"),
        ("path", "64511"),
        ("path", "64504 64505 64511"),
        ("known", "12:00"),
        ("known", "soon"),
        ("why", "No filter."),
        ("why", "filter filter filter of AS64505"),
        ("why", "Somebody has announced what is ours."),
        ("why", "There was no filter for this anywhere."),
        ("why", "AS64511 had no filter for what it sends."),
        ("next", "we ask and we ask and ask"),
        ("next", ""),
    ],
)
def test_a_report_that_is_not_right_says_what_is_wrong(world, over, key, value):
    said = report(world, over, **{key: value})
    assert f"{key}" in said
    assert len(said.splitlines()) == 1
    assert "report: not complete" in world.file(1)


def test_the_times_of_a_report_need_a_zone_and_may_be_two_minutes_away(world, over):
    assert "called:" in report(world, over, called=world.desk.clock(over.times["called"])[:8])
    assert "mended:" in report(world, over, mended=world.desk.clock(over.times["mended"] + 300))
    assert "complete" in report(world, over, mended=world.desk.clock(over.times["mended"] + 60))


def test_an_incident_that_is_open_has_no_report(world):
    one = world.begin(1, "hijack")
    now = world.desk.clock(world.time)
    assert "that is mended" in report(world, one, known=now, called=now, mended=now)


@pytest.mark.parametrize(
    "path", ["AS64505 AS64511", "path 64505 64511, expected origin 64496", "AS64505  3fff:1:6600::/40  64511"]
)
def test_a_path_may_be_copied_as_it_was_printed(world, over, path):
    assert "complete" in report(world, over, path=path)


@pytest.mark.parametrize("why", ["t2 has no filter for this customer.", "The far transit does not use prefix lists."])
def test_the_filter_of_a_report_may_be_called_by_other_words(world, over, why):
    assert "complete" in report(world, over, why=why)


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ("in the morning", "there is no time in it"),
        ("about 7 UTC", "there is no time in it"),
        ("3fff:10:20::/48", "there is no time in it"),
        ("08:01:00", "its zone is missing"),
        ("08:01:00 CET", "its zone is missing"),
        ("10:01:00 UTC", "The difference of 2 h looks like local time"),
        ("21:31:00 UTC", "the desk has another time."),
        ("00:00 UTC 08:01 UTC", "another time"),
    ],
)
def test_a_time_that_is_not_right_is_told_by_what_is_wrong(desk, time, said):
    assert said in desk.wrong_time(time, 1_800_000_060)


@pytest.mark.parametrize(
    "time", ["08:01:00 UTC", "8:02Z", "2027-01-15T08:01:00Z", "UTC 08:01", "09:01 CET, 08:01 UTC", "08:01:00+00:00"]
)
def test_a_time_may_be_written_in_several_ways(desk, time):
    assert desk.wrong_time(time, 1_800_000_060) == ""


def test_midnight_is_near_to_both_days(desk):
    assert desk.wrong_time("23:59:30 UTC", 1_800_000_000 - 8 * 3600) == ""


def test_a_complete_report_stays_when_a_later_one_is_not(world, over):
    report(world, over)
    said = report(world, over, mended="soon", why="AS64505 filters nothing that its customer sends.")
    assert "mended: there is no time in it" in said
    assert "still has your complete report" in said
    assert "report: complete" in world.file(1)
    assert "why: AS64505 has no filter" in world.day.command(["reports"])
    report(world, over, why="AS64505 filters nothing that its customer sends.")
    assert "why: AS64505 filters nothing" in world.day.command(["reports"])


def test_a_report_may_have_the_time_of_each_call_that_was_right(world):
    one = world.begin(1, "hijack")
    world.announce(1, *HALVES)
    world.call(1, "AS64505", "hijack of 3fff:1:6600::/40")
    first = world.desk.clock(world.time)
    world.look(900)
    world.call(1, "AS64505", "hijack of 198.51.100.0/28")
    world.look()
    assert "complete" in report(world, one)
    assert "complete" in report(world, one, called=first)


def test_who_learned_it_from_a_call_reports_the_time_of_the_call(world):
    one = world.begin(1, "hijack")
    world.announce(1, *HALVES)
    world.look(900)
    world.call(2, "AS64496", "look at 3fff:1:6600::/40")
    known = world.desk.clock(world.time)
    world.call(1, "AS64505", HIJACK)
    world.look()
    assert "complete" in report(world, one, known=known)


def test_a_leak_has_a_report_too(world):
    one = world.begin(1, "leak")
    world.call(1, "AS64510", "you leak 3fff:505::/32 and 203.0.113.32/27 to us")
    world.filtered.add((1, "leak"))
    world.look()
    world.look(2)
    pieces = {"what": "route leak", "prefix": "3fff:505::/32", "known": world.desk.clock(one.began)}
    pieces |= {"path": "64504 64496 64510 64505", "why": "Our filter for this customer was missing."}
    assert "complete" in report(world, one, **pieces)
    assert "path" in report(world, one, **pieces | {"path": "64510 64505"})
    assert "complete" in report(world, one, **pieces | {"path": "64496 64510 64505"}), "as in the call"
