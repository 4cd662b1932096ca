"""The desk of the lab incident-day: its scenes, calls, watches and reports, and the plan by a seed."""

import asyncio
import ipaddress
import json
import sys
import types
from pathlib import Path

import pytest

from labs.engine.authoring import parse
from labs.pages import live_map

LAB = parse.load_lab(Path(parse.__file__).parents[2] / "catalog/incident-day")
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
HIJACK = "hijack of 3fff:1:6600::/40 and 198.51.100.0/28 by AS64511, please filter"
FORGED = "forged origin of 3fff:1::/32 and 198.51.100.0/27, please filter"


def text_of(node, path):
    return next(file.content for file in LAB.nodes[node].files if file.path == path).decode()


@pytest.fixture(scope="module")
def desk():
    module = types.ModuleType("desk")
    sys.modules["desk"] = module  # dataclasses look there
    exec(compile(text_of("desk", "/usr/local/sbin/desk"), "desk", "exec"), module.__dict__)
    yield module
    del sys.modules["desk"]


class World:
    """The tables of the two transits, with a clock that stands still until a test moves it."""

    def __init__(self, desk):
        self.desk, self.time, self.extra, self.filtered = desk, 1_800_000_000.0, set(), set()
        seats = []
        for number in range(1, 9):
            read = json.loads(text_of("desk", f"/etc/desk/seats/{number}"))
            lists = {key: tuple(map(ipaddress.ip_network, read[key])) for key in ("nets", "parts", "leaked")}
            seats.append(desk.Seat(read["number"], read["asn"], read["home"], read["far"], **lists))
        self.day = desk.Day(seats, lambda: self.time)
        self.look()

    def route(self, at, prefix, *path, preference=200):
        return self.desk.Route(at, ipaddress.ip_network(prefix), path, (-preference, len(path) + 1, (at, *path)))

    def look(self, seconds=1):
        """Let the desk see what the transits have, and again when they have done what it ordered."""
        self.time += seconds
        for _ in range(2):
            self._look()

    def _look(self):
        """Show the desk what the seats announce, what a test adds, and each scene that nobody filters."""
        routes = list(self.extra)
        for seat in self.day.seats.values():
            for net in seat.nets:
                routes.append(self.route(seat.home, str(net), seat.asn))
                routes.append(self.route(seat.far, str(net), seat.home, seat.asn, preference=100))
        for one in self.day.active():
            for prefix in one.seat.false(one.kind):
                path = {
                    "hijack": (64511,),
                    "forge": (64511, one.seat.asn),
                    "leak": (one.seat.asn, 64510, one.seat.far),
                }[one.kind]
                stopped = f"if net = {prefix} then reject;" in self.day.orders("t1" if one.at == 64504 else "t2")
                if not stopped and (one.seat.number, one.kind) not in self.filtered:
                    routes.append(self.route(one.at, str(prefix), *path))
        self.day.look(routes)

    def type(self, number, line, key="k", body=""):
        return self.day.do(number, key, line.split("\t"), body)

    def call(self, number, who, text, key="k"):
        return self.type(number, f"call\t{who}\t{text}", key=key)

    def duty(self, number, shift, key="k"):
        return asyncio.run(self.desk.Desk(self.day).duty(self.day.state(number, key), [shift]))

    def file(self, number):
        return f"{self.day.states[number]}parts: {' '.join(self.day.states[number].parts(self.day.routes)) or 'none'}"

    def begin(self, number, kind, watched=True):
        if watched:
            seat = self.day.seats[number]
            for net in seat.nets:
                self.type(number, f"watch\t{net}\t{seat.asn}\t{seat.home}")
        one = self.day.begin(number, kind)
        self.look()
        return one

    def announce(self, number, *prefixes):
        seat = self.day.seats[number]
        for prefix in prefixes:
            self.extra.add(self.route(seat.home, prefix, seat.asn))
            self.extra.add(self.route(seat.far, prefix, seat.home, seat.asn, preference=100))
        self.look()


@pytest.fixture
def world(desk):
    return World(desk)


HALVES = ("3fff:1:6600::/41", "3fff:1:6680::/41", "198.51.100.0/29", "198.51.100.8/29")


# The seats


def test_each_seat_has_networks_links_and_a_transit_of_its_own():
    asns, nets = set(), []
    for number, seat in enumerate(LAB.seats, 1):
        value = seat.values
        asns.add(value["seat_asn"])
        nets += [value["seat_net6"], value["seat_net4"]]
        home, far = value["seat_home"], value["seat_far"]
        assert {home, far} == {"t1", "t2"}
        assert value["seat_home_asn"] == {"t1": 64504, "t2": 64505}[home]
        assert value["seat_far_asn"] == {"t1": 64504, "t2": 64505}[far]
        conf = text_of(home, "/etc/bird/bird.conf")
        assert f"neighbor 2001:db8:1:{number}::2 as {value['seat_asn']};" in conf
        assert f"neighbor {value['seat_link4'][2]} as {value['seat_asn']};" in conf
        assert f" as {value['seat_asn']};" not in text_of(far, "/etc/bird/bird.conf")
        for part, low, high in (("part6", "low6", "high6"), ("part4", "low4", "high4")):
            whole = value[f"seat_{part}"]
            assert [value[f"seat_{low}"], value[f"seat_{high}"]] == list(whole.subnets())
            assert whole.subnet_of(value["seat_net6" if part == "part6" else "seat_net4"])
        route = f"route {value['seat_far6']} blackhole;"
        assert route in text_of(far, "/etc/bird/bird.conf"), "the leak is of networks of the far transit"
    assert len(asns) == 8
    assert all(64496 <= asn <= 64511 for asn in asns), "for documentation (RFC 5398)"
    assert len(set(nets)) == 16


def test_the_roas_permit_the_answer_and_nothing_longer():
    roas = {
        (roa["prefix"], roa["asn"]): roa["maxLength"]
        for roa in json.loads(text_of("desk", "/etc/stayrtr/roas.json"))["roas"]
    }
    for seat in LAB.seats:
        value, asn = seat.values, f"AS{seat.values['seat_asn']}"
        assert roas[str(value["seat_net6"]), asn] == value["seat_low6"].prefixlen == 41
        assert roas[str(value["seat_net4"]), asn] == value["seat_low4"].prefixlen == 29


def test_both_transits_filter_alike():
    assert text_of("t1", "/etc/bird/transit.conf") == text_of("t2", "/etc/bird/transit.conf")


def test_each_number_of_the_contacts_can_be_called(world):
    lines = text_of("r1", "/etc/contacts").splitlines()[1:]
    assert len(lines) == 12
    for asn, name, address, *_ in map(str.split, lines):
        assert world.day.callee(asn) == world.day.callee(name) == int(asn[2:])
        if "@" in address:
            assert world.day.callee(address) == int(asn[2:])
    assert world.day.callee("AS64999") is world.day.callee("r9.example") is None


# The table


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


# The watch


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


# The first shift


def test_a_hijack_is_mended_when_it_is_limited_and_the_right_noc_was_called(world):
    one = world.begin(1, "hijack")
    assert "that is all we need" in world.call(1, "AS64505", HIJACK)
    world.look()
    assert one.is_open, "the engineer is not there yet, and nothing is limited"
    world.announce(1, *HALVES)
    assert not one.is_open
    assert list(one.times) == ["alarm", "called", "limited IPv6", "limited IPv4", "mended"]
    assert "parts: 198.51.100.0/29 198.51.100.8/29 3fff:1:6600::/41 3fff:1:6680::/41" in world.file(1)
    world.extra.clear()
    world.look()
    assert world.file(1).endswith("parts: none")
    assert not one.is_open, "the filter stays"


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
        ("AS64505", HIJACK + " and 3fff:1::/32", "is not false"),
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
    assert "all we need" in world.call(1, "noc@t2.example", "hijack of 198.51.100.0/28")
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


# The second and the third shift


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


# Orders


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


# Who is at a seat


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


# Reports


def report(world, one, **changes):
    def when(what):
        return world.desk.clock(one.times.get(what, 0))

    pieces = {
        "what": "hijack",
        "prefix": "3fff:1:6600::/40",
        "path": "64505 64511",
        "known": when("alarm"),
        "called": when("called"),
        "mended": when("mended"),
        "why": "AS64505 has no filter for this customer.",
        "next": "We ask both transits for their filters.",
    } | changes
    return world.type(1, "report", body="".join(f"{key}: {value}\n" for key, value in pieces.items()))


@pytest.fixture
def over(world):
    one = world.begin(1, "hijack")
    world.announce(1, *HALVES)
    world.call(1, "AS64505", HIJACK)
    world.look(400)
    return one


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


# A day by a seed


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
        "mended",
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


# Connections


class Reader:
    def __init__(self, text):
        self.text = text

    async def read(self, most):
        piece, self.text = self.text[:most], self.text[most:]
        return piece


class Writer:
    def __init__(self, address):
        self.address, self.text, self.closed = address, b"", False

    def get_extra_info(self, name):
        return self.address and (self.address, 1)

    def write(self, text):
        self.text += text

    async def drain(self):
        pass

    def close(self):
        self.closed = True


def asked(node, address, text=b"k\thello\n"):
    writer = Writer(address)
    asyncio.run(node.request(Reader(text), writer))
    assert writer.closed
    return writer.text.decode()


def test_no_sequence_for_a_terminal_gets_to_others(world):
    node = world.desk.Desk(world.day)
    asked(node, "2001:db8:1:2::2", "k\tcall\tAS64496\t\x1b[2Jhe\x9bllo\r\u202e \x07…\n".encode())
    [call] = world.type(1, "calls", key="").splitlines()
    assert call.endswith("to AS64496: [2Jhello …")


def test_a_report_keeps_its_lines(desk):
    assert asyncio.run(desk.receive(Reader(b"k\treport\nwhat: leak\r\n\x00why:\n"))) == "k\treport\nwhat: leak\nwhy:\n"


def test_the_desk_answers_the_seats_and_the_instructor_only(world):
    node = world.desk.Desk(world.day)
    assert asked(node, "2001:db8:1:1::2") == "hello\n"
    assert "Nobody misbehaves" in asked(node, "::1", b"off\n")
    for address in ("2001:db8:1:1::3", "2001:db8:3:1::1", "3fff:1::1", None):
        assert asked(node, address) == ""


def test_a_seat_has_so_many_connections_at_once_and_no_more(world):
    node, full = world.desk.Desk(world.day), world.desk.MOST_OPEN
    node.open["2001:db8:1:1::2"] = full
    assert asked(node, "2001:db8:1:1::2") == ""
    assert asked(node, "2001:db8:1:2::2") == "hello\n"
    node.open["2001:db8:1:1::2"] = full - 1
    for _ in range(3):
        assert asked(node, "2001:db8:1:1::2") == "hello\n"
    assert node.open["2001:db8:1:2::2"] == 0


def test_a_transit_takes_no_more_routes_from_a_seat_than_it_could_need():
    assert text_of("t1", "/etc/bird/transit.conf").count("import limit 50 action block;") == 2


def test_the_lab_has_no_live_map_because_a_path_through_a_transit_is_no_leak():
    assert not live_map.has_map(LAB)
