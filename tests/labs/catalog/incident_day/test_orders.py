"""The orders of the desk of incident-day to the other nodes, and the states that it keeps of those who were at a seat."""

from tests.labs.catalog.incident_day.world import FORGED


def test_the_orders_are_those_of_the_scenes(world):
    assert "LEAKS = [ 0 ]" in world.day.orders("cust")
    world.begin(2, "leak")
    world.begin(1, "forge")
    assert "LEAKS = [ 2 ]" in world.day.orders("cust")
    rogue = world.day.orders("rogue")
    assert "route 3fff:1::/32 blackhole { bgp_path.prepend(64496); bgp_community.add((64511, 64505)); };" in rogue
    assert rogue.index("protocol static wrong4") < rogue.index("route 198.51.100.0/27")
    world.day.command(["off"])
    assert "LEAKS = [ 0 ]" in world.day.orders("cust")
    assert "blackhole" not in world.day.orders("rogue")


def test_somebody_else_at_a_seat_begins_with_nothing_and_who_comes_back_has_what_they_did(world):
    one = world.begin(1, "forge")
    world.call(1, "AS64505", FORGED)
    world.look()
    unfinished = world.begin(1, "hijack")
    world.type(1, "alarms", key="another")
    world.look()
    assert "began" not in world.file(1)
    assert "watch IPv6: not right" in world.file(1)
    assert unfinished.ended
    assert world.type(1, "calls", key="another") == "no call yet"
    assert "forged origin of AS64496" in world.day.timeline(), "the class looks at it all the same"
    world.type(1, "alarms")
    assert "shift 3: mended" in world.file(1)
    assert one in world.day.incidents()


def test_a_shift_can_be_done_again(world):
    first = world.begin(1, "forge")
    world.call(1, "AS64505", FORGED)
    world.look()
    second = world.begin(1, "forge")
    assert second.is_open
    assert not first.is_open
    assert "shift 3: mended" in world.file(1), "what was done stays"
