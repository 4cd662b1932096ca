"""The second shift of incident-day: a customer leaks, and the seat passes it on."""


def test_a_leak_is_mended_by_the_filter_of_the_seat_and_comes_back_without_it(world):
    one = world.begin(1, "leak")
    assert "from AS64504 to AS64496: you send us 203.0.113.32/27 and 3fff:505::/32" in world.type(1, "calls").replace(
        "3fff:505::/32 and 203.0.113.32/27", "203.0.113.32/27 and 3fff:505::/32"
    )
    assert "tomorrow" in world.call(1, "AS64510", "you leak 3fff:505::/32 to us")
    world.look()
    assert one.is_open
    world.filtered.add((1, "leak"))
    world.look()
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
    assert "tomorrow" in world.call(1, "AS64510", "you leak 3fff:505::/32 to us")


def test_a_seat_with_a_filter_for_one_family_hears_which_one(world, monkeypatch):
    monkeypatch.setattr(world.desk, "BEGINS", 0)
    world.filtered.add((1, "leak"))
    world.extra.add(world.route(64504, "203.0.113.32/27", 64496, 64510, 64505))
    world.day.begin(1, "leak")
    world.look()
    assert "Your transit does not have 3fff:505::/32:" in world.duty(1, "2")


def test_who_has_left_the_seat_does_not_begin_a_leak(world, monkeypatch):
    monkeypatch.setattr(world.desk, "BEGINS", 0)
    one = world.day.begin(1, "leak")
    monkeypatch.setattr(world.day, "begin", lambda number, kind: one)
    one.ended = True
    world.duty(1, "2")
    assert not one.began
