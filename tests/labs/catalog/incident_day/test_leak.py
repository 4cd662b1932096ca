"""The second shift of incident-day: a customer leaks, and the seat passes it on."""

import pytest


def test_a_leak_is_mended_by_the_filter_of_the_seat_and_comes_back_without_it(world):
    one = world.begin(1, "leak")
    assert "from AS64504 to AS64496: you send us 203.0.113.32/27 and 3fff:505::/32" in world.type(1, "calls").replace(
        "3fff:505::/32 and 203.0.113.32/27", "203.0.113.32/27 and 3fff:505::/32"
    )
    assert "And IPv4?" in world.call(1, "AS64510", "you leak 3fff:505::/32 to us")
    assert "called" not in one.times
    assert "tomorrow" in world.call(1, "AS64510", "and you leak 203.0.113.32/27 to us")
    assert "called" in one.times
    world.look()
    assert one.is_open
    world.filtered.add((1, "leak"))
    world.look()
    assert one.is_open, "a session that is down for a moment mends nothing"
    world.look(2)
    assert not one.is_open
    world.filtered.clear()
    world.look()
    assert one.is_open


def test_a_transit_that_has_a_leak_says_that_it_comes_from_the_seat(world):
    world.begin(1, "leak")
    assert "we have it from you" in world.call(1, "AS64504", "leak of 3fff:505::/32")
    assert "nothing false" in world.call(1, "AS64505", "leak of 3fff:505::/32"), "that is where it belongs"
    assert "nothing false" in world.call(3, "AS64504", "leak of 3fff:505::/32"), "of another seat"
    world.filtered.add((1, "leak"))
    world.look()
    assert "nothing false" in world.call(1, "AS64504", "leak of 3fff:505::/32")


def test_a_seat_with_a_filter_hears_what_its_customer_leaks(world, monkeypatch):
    monkeypatch.setattr(world.desk, "BEGINS", 0)
    world.filtered.add((1, "leak"))
    said = world.duty(1, "2")
    assert "AS64510 leaks 3fff:505::/32 and 203.0.113.32/27 to you" in said
    assert "Your transit does not have 3fff:505::/32 and 203.0.113.32/27" in said
    assert "tomorrow" in world.call(1, "AS64510", "you leak 3fff:505::/32 and 203.0.113.32/27 to us")


def test_a_seat_with_a_filter_for_one_family_hears_which_one(world, monkeypatch):
    monkeypatch.setattr(world.desk, "BEGINS", 0)
    world.filtered.add((1, "leak", "3fff:505::/32"))
    one = world.begin(1, "leak")
    assert not one.began, "the other one may only be late"
    world.look(3)
    assert one.began == world.time - 3
    assert "you send us 203.0.113.32/27 with the path" in world.type(1, "calls")
    assert "Your transit does not have 3fff:505::/32:" in world.duty(1, "2")


def test_who_has_left_the_seat_does_not_begin_a_leak(world, monkeypatch):
    monkeypatch.setattr(world.desk, "BEGINS", 0)
    one = world.day.begin(1, "leak")
    monkeypatch.setattr(world.day, "begin", lambda number, kind: one)
    one.ended = True
    world.duty(1, "2")
    assert not one.began


def kept_out(world):
    return [version for version in (6, 4) if f"shift 2: kept out IPv{version}" in world.file(1)]


def test_a_leak_is_kept_out_when_it_is_away_for_two_seconds_and_the_customer_is_not(world):
    one = world.begin(1, "leak")
    world.look(5)
    assert kept_out(world) == []
    world.filtered.add((1, "leak", "3fff:505::/32"))
    world.look()
    assert kept_out(world) == [], "a session that begins again has it in a moment"
    world.look(2)
    assert kept_out(world) == [6]
    world.filtered.clear()
    world.look()
    assert kept_out(world) == [], "the filter is gone"
    world.filtered.add((1, "leak"))
    world.without_customer.add(1)
    world.look(9)
    world.look(9)
    assert kept_out(world) == [], "the customer is stopped too"
    assert one.is_open


def test_a_leak_that_ends_was_not_kept_out(world):
    world.begin(1, "leak")
    world.day.command(["off"])
    world.look(9)
    world.look(9)
    assert kept_out(world) == []
    world.begin(1, "leak")
    world.type(1, "alarms", key="another")
    world.look(9)
    world.look(9)
    assert kept_out(world) == []


def test_what_was_kept_out_stays_so_when_the_leak_ends(world):
    world.begin(1, "leak")
    world.filtered.add((1, "leak"))
    world.look()
    world.look(2)
    world.day.command(["off"])
    world.filtered.clear()
    world.look()
    assert kept_out(world) == [6, 4]


def test_a_leak_with_another_path_is_one_all_the_same(world):
    one = world.begin(1, "leak")
    world.filtered.add((1, "leak"))
    for net in ("3fff:505::/32", "203.0.113.32/27"):
        world.extra.add(world.route(64504, net, 64496, 64505))
    world.look(9)
    world.look(9)
    assert kept_out(world) == []
    assert one.is_open


def test_a_seat_without_a_session_to_its_customer_does_not_begin_a_leak(world, monkeypatch):
    monkeypatch.setattr(world.desk, "BEGINS", 0)
    world.filtered.add((1, "leak"))
    world.without_customer.add(1)
    world.look()
    assert "does not have the routes of your customer" in world.duty(1, "2")
    assert "shift 2" not in world.file(1)
    assert "nothing wrong" in world.call(1, "AS64510", "you leak 3fff:505::/32 and 203.0.113.32/27 to us")


@pytest.mark.parametrize("more", ["3fff:504::/32", "3fff:1::/32"])
def test_who_names_all_prefixes_has_not_looked(world, more):
    one = world.begin(1, "leak")
    text = f"you leak 3fff:505::/32 and 203.0.113.32/27 and {more}"
    assert f"you do not have {more} from us" in world.call(1, "AS64510", text)
    assert "called" not in one.times


def test_who_names_what_the_customer_may_send_as_well_is_understood(world):
    world.begin(1, "leak")
    text = "leak of 3fff:505::/32 and 203.0.113.32/27, please send 3fff:510::/32 and 203.0.113.64/27 only"
    assert "tomorrow" in world.call(1, "AS64510", text)


def test_a_leak_that_the_instructor_has_ended_is_told_to_nobody(world):
    one = world.begin(1, "leak")
    world.day.command(["off"])
    assert "nothing wrong" in world.call(1, "AS64510", "leak of 3fff:505::/32 and 203.0.113.32/27")
    assert "called" not in one.times
