"""The day by a seed, the timeline, and the bounds of what a seat can make the desk keep."""

import pytest

from tests.labs.catalog.incident_day.world import HALVES, HIJACK


def test_the_seed_decides_when_which_scene_begins(world):
    plans = [world.day.command(["plan", str(seed)]) for seed in (7, 7, *range(8, 16))]
    assert plans[0] == plans[1]
    assert len(set(plans)) == 9
    assert len(plans[0].splitlines()) == 24
    assert {line.split()[2] for line in world.day.command(["plan", "7", "5", "3"]).splitlines()} == {"3:"}


@pytest.mark.parametrize("words", [(), ("x",), ("7", "0"), ("7", "20", "9"), ("7", "181")])
def test_a_play_that_is_not_understood_begins_nothing(world, words):
    assert "incident play SEED" in world.day.command(["play", *words])
    assert world.day.plan == []


def test_a_play_begins_each_scene_at_its_time_and_not_over_one_that_is_open(world):
    world.day.command(["play", "7", "3", "1", "2"])
    assert len(world.day.plan) == 6
    for _ in range(180):
        world.day.play()
        world.look()
    assert world.day.plan == []
    assert sorted((one.seat.number, one.kind) for one in world.day.incidents()) == [
        (number, kind) for number in (1, 2) for kind in ("forge", "hijack", "leak")
    ]
    world.day.command(["play", "8", "1", "1"])
    world.time += 60
    world.day.play()
    assert len(world.day.incidents()) == 6


def test_the_timeline_has_who_saw_it_who_was_called_and_how_long_it_lasted(world):
    world.begin(1, "hijack")
    world.call(2, "AS64496", "look at 3fff:1:6600::/40")
    world.look(30)
    world.announce(1, *HALVES)
    world.call(1, "AS64505", HIJACK)
    world.look(60)
    lines = world.day.timeline().splitlines()
    assert lines[0] == "hijack of AS64496, seat 1, at AS64505: mended after 1:31"
    assert [line.split("  ")[-1].strip() for line in lines[1:]] == [
        "began: 3fff:1:6600::/40 and 198.51.100.0/28",
        "its own watch rings",
        "named in a call of AS64497",
        "limited IPv4",
        "limited IPv6",
        "those who can mend it are called, with the right prefix and fault",
        "AS64505 filters the IPv4 prefix",
        "AS64505 filters the IPv6 prefix",
        "mended: AS64505 filters, AS64496 has asked for it",
    ]
    assert world.day.timeline({2}) == "Nothing has happened yet."


def test_whatever_a_seat_says_is_bounded(world):
    for number in range(400):
        world.call(1, "AS64505", "x" * 1000)
        world.type(1, f"watch\t3fff:1:{number:x}::/48\t1\t2")
    assert len(world.day.calls) <= 2 * 300
    assert max(map(len, world.day.calls)) < 500
    assert len(world.day.states[1].watch) == 20
    assert "too many" in world.call(1, "AS64505", "x")
    assert "which prefix" in world.call(2, "AS64505", "x"), "of another seat"
    for number in range(50):
        world.type(1, "alarms", key=str(number))
    assert len(world.day.left) == 10


def test_a_seat_that_calls_another_again_and_again_leaves_room_for_the_calls_of_others(world):
    world.call(2, "AS64496", "first")
    for _ in range(50):
        said = world.call(3, "AS64496", "and again")
    assert "no more calls" in said
    assert len(world.type(1, "calls").splitlines()) == 11


def test_a_seat_that_changes_its_key_counts_as_the_same_seat(world):
    for number in range(400):
        said = world.call(3, "AS64496", "and again", key=str(number))
    assert "too many calls" in said
    assert len(world.type(1, "calls").splitlines()) == 10


def test_a_seat_that_changes_its_key_is_on_duty_thirty_times(world, monkeypatch):
    monkeypatch.setattr(world.desk, "BEGINS", 0)
    for number in range(40):
        said = world.duty(1, "3", key=str(number))
    assert "often enough" in said
    assert len(world.day.incidents()) == 30
    assert "on duty since" in world.duty(2, "3"), "of another seat"


def test_a_seat_may_ask_again_when_a_shift_is_open_as_often_as_it_likes(world, monkeypatch):
    monkeypatch.setattr(world.desk, "BEGINS", 0)
    for _ in range(40):
        said = world.duty(1, "3")
    assert "on duty since" in said


def test_the_incidents_of_those_who_left_are_bounded(world):
    for number in range(400):
        world.day.begin(1, "hijack")
        world.type(1, "alarms", key=str(number))
    assert len(world.day.past) == 300


def test_the_timeline_says_of_a_leak_that_the_seat_filters_it(world):
    world.begin(1, "leak")
    world.filtered.add((1, "leak"))
    world.look(5)
    world.look(5)
    assert "mended: AS64496 filters, AS64504 has asked for it" in world.day.timeline()
    assert "AS64496 keeps the IPv6 prefix out" in world.day.timeline()


@pytest.mark.parametrize(
    ("who", "text"),
    [
        ("AS64498", "look at 3fff:1:6600::/40"),
        ("AS64504", "hijack of 3fff:1:6600::/40"),
        ("AS64511", "hijack of 3fff:1:6600::/40"),
        ("AS64496", "is there something wrong with 3fff:1:6600::/40 or 3fff:2:a200::/40 or 3fff:3:1400::/40?"),
        ("AS64496", "is there something wrong with 3fff:1::/32?"),
        ("AS64496", "is there something wrong?"),
    ],
)
def test_a_call_that_cannot_help_is_not_in_the_timeline(world, who, text):
    one = world.begin(1, "hijack")
    world.call(2, who, text)
    assert one.named == {}


def test_who_names_the_whole_network_beside_its_part_has_seen_it(world):
    one = world.begin(1, "hijack")
    world.call(2, "AS64496", "AS64511 announces 3fff:1:6600::/40 of your 3fff:1::/32")
    assert set(one.named) == {64497}


def test_a_call_about_an_incident_that_is_over_names_nothing(world):
    one = world.begin(1, "hijack")
    world.day.command(["off"])
    world.call(2, "AS64496", "AS64511 announces 3fff:1:6600::/40")
    assert one.named == {}


def test_who_calls_about_a_leak_of_their_own_has_not_seen_that_of_another(world):
    mine, other = world.begin(3, "leak"), world.begin(1, "leak")
    world.call(3, "AS64504", "leak of 3fff:505::/32")
    assert mine.named == other.named == {}
