"""The table that the desk of incident-day reads, and its watch over the prefixes of each seat."""

import pytest

from tests.labs.catalog.incident_day.world import HALVES

TABLE = """BIRD 2.17.6 ready.
Table master6:
3fff:1::/32          unicast [t2 20:41:02.173] * (100) [AS64496i]
\tvia fe80::1 on t2
\tType: BGP univ
\tBGP.origin: IGP
\tBGP.as_path: 64505 64511 64496
\tBGP.next_hop: 2001:db8:de:2::1 fe80::1
\tBGP.community: (64505,200)
                     unicast [t2 20:41:02.173] (100) [AS64496i]
\tvia fe80::1 on t2
\tBGP.as_path: 64505 64504 64496
\tBGP.community: (64496,1) (64505,100)
3fff:504::/32        unicast [t1 20:41:02.173] * (100) [AS64504i]
\tvia fe80::2 on t1
\tBGP.as_path: 64504

Table master4:
198.51.100.0/27      unicast [t1 20:41:02.173] * (100) [AS64496i]
\tvia fe80::2 on t1
\tBGP.as_path: 64504 64496
\tBGP.community: (64504,200)
"""


def test_a_table_of_bird_is_read(desk):
    routes = [(one.at, str(one.prefix), one.path) for one in desk.parse(TABLE)]
    assert routes == [
        (64505, "3fff:1::/32", (64511, 64496)),
        (64505, "3fff:1::/32", (64504, 64496)),
        (64504, "3fff:504::/32", ()),
        (64504, "198.51.100.0/27", (64496,)),
    ]
    ranks = [one.rank for one in desk.parse(TABLE)]
    assert ranks[0] < ranks[1], "a transit prefers what its customer sends, also over a shorter path"


def test_a_watch_is_right_if_it_has_one_line_for_each_network(world):
    assert "watch IPv6: not right" in world.file(1)
    world.type(1, "watch\t3fff:1::/32\tAS64496\t64504")
    assert "watch IPv6: right" in world.file(1)
    assert "watch IPv4: not right" in world.file(1)
    world.type(1, "watch\t3fff:1:6600::/40\t64511\t64505")
    assert "watch IPv6: not right" in world.file(1), "a line that permits the hijack"
    world.type(1, "watch\t3fff:1:6600::/40")
    assert "watch IPv6: right" in world.file(1)


@pytest.mark.parametrize("words", ["3fff:1::/32\tx\ty", "3fff:1::\t1", "nothing\t1\t2", "3fff:1::1/32\t1\t2"])
def test_a_line_that_is_not_understood_is_not_kept(world, words):
    world.type(1, f"watch\t{words}")
    assert world.day.states[1].watch == []


def test_a_right_watch_is_silent_until_something_is_false_and_silent_about_the_answer(world):
    one = world.begin(1, "hijack")
    alarms = world.type(1, "alarms").splitlines()
    assert [line.split(" UTC ")[1] for line in alarms] == [
        "ALARM 198.51.100.0/28, path 64505 64511, expected origin 64496",
        "ALARM 3fff:1:6600::/40, path 64505 64511, expected origin 64496",
    ]
    assert one.times["alarm"] == one.began
    world.announce(1, *HALVES)
    assert world.type(1, "alarms").splitlines() == alarms


def test_a_forged_origin_rings_because_of_the_as_before_it(world):
    world.begin(1, "forge")
    assert "path 64505 64511 64496, expected 64504 before 64496" in world.type(1, "alarms")


def test_without_a_watch_nothing_rings(world):
    assert "alarm" not in world.begin(1, "hijack", watched=False).times
    assert world.type(1, "alarms") == "no alarm yet"


def test_an_alarm_that_a_changed_watch_silences_has_not_ended(world):
    world.begin(1, "hijack")
    world.type(1, "watch\t3fff:1:6600::/40\t64511\t64505")
    world.look()
    assert "QUIET 3fff:1:6600::/40, path 64505 64511, your watch changed" in world.type(1, "alarms")
    assert "END" not in world.type(1, "alarms")
    world.day.command(["off"])
    world.look()
    assert "END   198.51.100.0/28, path 64505 64511, expected origin 64496" in world.type(1, "alarms")
