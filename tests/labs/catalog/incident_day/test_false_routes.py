"""The first and the third shift of incident-day: a hijack and a forged origin, and the calls to those who can mend them."""

import asyncio

import pytest

from tests.labs.catalog.incident_day.world import FORGED, HALVES, HIJACK, World


def test_a_hijack_is_mended_when_it_is_limited_and_the_right_noc_was_called(world):
    one = world.begin(1, "hijack")
    assert "that is all we need" in world.call(1, "AS64505", HIJACK)
    world.look()
    assert one.is_open, "the engineer is not there yet, and nothing is limited"
    world.announce(1, *HALVES)
    assert not one.is_open
    assert list(one.times) == [
        "alarm",
        "called",
        "limited IPv6",
        "limited IPv4",
        "filtered IPv6",
        "filtered IPv4",
        "mended",
    ]
    assert "parts: 198.51.100.0/29 198.51.100.8/29 3fff:1:6600::/41 3fff:1:6680::/41" in world.file(1)
    world.extra.clear()
    world.look()
    assert "parts: taken back" in world.file(1)
    assert not one.is_open, "the filter stays"


def test_each_family_is_filtered_by_itself(world):
    one = world.begin(1, "hijack")
    world.announce(1, *HALVES[:2])
    world.call(1, "AS64505", HIJACK)
    world.look()
    assert "shift 1: filtered IPv6" in world.file(1)
    assert "shift 1: filtered IPv4" not in world.file(1)
    assert one.is_open


def test_parts_count_as_taken_back_if_they_were_there_while_the_false_route_was(world):
    world.announce(1, *HALVES)
    world.extra.clear()
    world.look()
    assert "parts: none" in world.file(1), "before the shift"
    world.begin(1, "hijack")
    assert "parts: none" in world.file(1)
    world.announce(1, "3fff:1:8800::/41")
    world.extra.clear()
    world.look()
    assert "parts: none" in world.file(1), "that was another part of the network"
    world.announce(1, HALVES[0])
    assert "parts: 3fff:1:6600::/41" in world.file(1)
    world.extra.clear()
    world.look()
    assert "parts: taken back" in world.file(1)


def test_a_half_or_a_prefix_of_the_same_length_limits_nothing(world):
    one = world.begin(1, "hijack")
    world.announce(1, "3fff:1:6600::/40", "198.51.100.0/29")
    assert {"limited IPv6", "limited IPv4"} & set(one.times) == set()


@pytest.mark.parametrize(
    ("who", "text", "said"),
    [
        ("AS64505", "somebody hijacks us", "which prefix"),
        ("AS64505", "3fff:1:6600::/40 and 198.51.100.0/28 are not ours", "what is wrong"),
        ("AS64505", HIJACK.replace("hijack", "forged origin"), "the origin in the path is AS64511"),
        ("AS64505", HIJACK.replace("hijack", "hijack or leak"), "what is wrong"),
        ("AS64505", "hijack of 3fff:1::/32", "nothing false"),
        ("AS64505", HIJACK + " and 3fff:2::/32", "3fff:2::/32 is not false"),
        ("AS64505", HIJACK.replace("hijack", "only leak"), "the origin in the path is AS64511"),
        ("AS64504", HIJACK, "from a customer"),
        ("AS64511", HIJACK, "nobody answers"),
        ("AS64510", HIJACK, "nothing wrong"),
        ("AS64497", HIJACK, "has your message"),
        ("AS64999", HIJACK, "Nobody has this number"),
    ],
)
def test_a_noc_does_not_act_on_a_call_that_is_not_right(world, who, text, said):
    one = world.begin(1, "hijack")
    world.announce(1, *HALVES)
    assert said in world.call(1, who, text)
    world.look()
    assert one.is_open
    assert "called" not in one.times


@pytest.mark.parametrize("text", ["do not forget us", "forgive the hour"])
def test_a_word_that_only_begins_like_a_fault_is_none(world, text):
    world.begin(1, "hijack")
    world.announce(1, *HALVES)
    assert "all we need" in world.call(1, "AS64505", f"{HIJACK}. Please {text}")


@pytest.mark.parametrize("kind", ["hijack", "forge"])
def test_a_false_route_that_is_gone_without_a_call_is_not_mended(world, kind):
    one = world.begin(1, kind)
    world.filtered.add((1, kind))
    world.look()
    assert one.is_open, "a session was down for a moment"


def test_a_table_that_cannot_be_read_is_not_an_empty_one(desk, tmp_path, monkeypatch):
    (tmp_path / "birdc").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "birdc").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(OSError, match="birdc"):
        asyncio.run(desk.table())


def test_a_call_for_one_family_is_not_enough(world):
    one = world.begin(1, "hijack")
    world.announce(1, *HALVES)
    assert "And IPv4?" in world.call(1, "AS64505", "hijack of 3fff:1:6600::/40")
    world.look()
    assert one.is_open
    assert "called" not in one.times
    assert "all we need" in world.call(1, "noc@t2.example", "hijack of 198.51.100.0/28")
    assert "called" in one.times
    world.look()
    assert not one.is_open


def test_only_the_holder_of_a_prefix_has_it_filtered(world):
    one = world.begin(1, "hijack")
    world.announce(1, *HALVES)
    assert "please call AS64496" in world.call(2, "AS64505", HIJACK)
    world.look()
    assert one.is_open
    assert set(one.named) == {64497}, "but the timeline has who saw it first"
    world.call(2, "AS64496", "AS64511 announces 3fff:1:6600::/40")
    assert "from AS64497 to AS64496: AS64511 announces" in world.type(1, "calls")


def test_a_forged_origin_is_filtered_at_once(world):
    one = world.begin(1, "forge")
    assert "the origin in the path is AS64496" in world.call(1, "AS64505", FORGED.replace("forged origin", "hijack"))
    world.call(1, "AS64505", FORGED)
    world.look()
    assert not one.is_open


def test_the_scenes_of_a_seat_change_nothing_at_another(world):
    for number in (1, 3):
        world.begin(number, "hijack")
    world.announce(1, *HALVES)
    world.call(1, "AS64505", HIJACK)
    world.look()
    assert "shift 1: mended" in world.file(1)
    assert "shift 1: mended" not in world.file(3)
    assert "3fff:3:1400::/40" not in world.day.orders("t2")
    assert world.file(5) == World(world.desk).file(5)


@pytest.mark.parametrize(
    "text",
    [
        "AS64511 high-jacks 3fff:1:6600::/40 and 198.51.100.0/28",
        "hi-jack of 3fff:1:6600::/40 and 198.51.100.0/28",
        "AS64511 has stolen 3fff:1:6600::/40 and 198.51.100.0/28",
        "AS64511 announces 3fff:1:6600::/40 and 198.51.100.0/28. We, AS64496, hold 3fff:1::/32",
        "AS64511 announces 3fff:1:6600::/40 and 198.51.100.0/28. We are the only origin of 3fff:1::/32",
    ],
)
def test_a_hijack_may_be_called_by_other_words_and_with_what_one_holds(world, text):
    world.begin(1, "hijack")
    assert "that is all we need" in world.call(1, "AS64505", text)


@pytest.mark.parametrize(
    "fault",
    ["fake origin", "faked origin", "spoofed origin", "forged-origin hijack", "forged-origin prefix hijack", "forgery"],
)
def test_a_forged_origin_may_be_called_by_other_words(world, fault):
    world.begin(1, "forge")
    assert "We filter it" in world.call(1, "AS64505", FORGED.replace("forged origin", fault))


def test_of_two_incidents_the_noc_takes_the_one_of_this_fault(world):
    forged, hijack = world.begin(1, "forge"), world.begin(1, "hijack")
    world.call(1, "AS64505", HIJACK + ". We hold 3fff:1::/32 and 198.51.100.0/27")
    assert "called" in hijack.times
    assert "called" not in forged.times
