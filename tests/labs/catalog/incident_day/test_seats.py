"""The seats of incident-day, and what all files of the lab say of them."""

import json

from labs.pages import live_map
from tests.labs.catalog.incident_day.world import LAB, text_of


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


def test_a_transit_takes_no_more_routes_from_a_seat_than_it_could_need():
    assert text_of("t1", "/etc/bird/transit.conf").count("import limit 50 action block;") == 2


def test_the_lab_has_no_live_map_because_a_path_through_a_transit_is_no_leak():
    assert not live_map.has_map(LAB)
