"""The seats of incident-day, and what all files of the lab say of them."""

import json
import re
import subprocess

import pytest

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


def test_each_seat_has_a_hundred_points():
    for plan in LAB.seats:
        assert sum(check.points for check in LAB.checks() if check.seat == plan.id) == 100


def test_a_transit_takes_no_prefix_that_covers_those_of_all():
    said = text_of("t1", "/etc/bird/transit.conf")
    assert "net.len < 32 || net.len > 48" in said
    assert "net.len < 27 || net.len > 29" in said
    assert said.count("is_noise()") == 4


@pytest.fixture
def noc(tmp_path):
    """The command of a seat, with a telephone that prints what it would send, and a folder in place of /etc."""
    for name, lines in {"nc": "cat", "birdc": ":"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n[ $# -eq 5 ] && [ $1 = -z ] || {lines}\n")
        (tmp_path / name).chmod(0o755)
    script = text_of("r1", "/usr/local/sbin/noc").replace("/etc/", f"{tmp_path}/")

    def send(*words):
        path = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
        done = subprocess.run(
            ["bash", "-c", script, "noc", *words], env=path, capture_output=True, text=True, check=True
        )
        return done.stdout

    send.etc = tmp_path
    return send


def test_a_call_of_several_lines_is_one_line(noc):
    (noc.etc / "noc.key").write_text("abc\n")
    sent = noc("call", "AS64505", "hijack of\n3fff:1:6600::/40\tand\r\n198.51.100.0/28")
    assert sent == "abc\tcall\tAS64505\thijack of 3fff:1:6600::/40 and  198.51.100.0/28\t\n"


@pytest.mark.parametrize("key", [None, "", "\n", "\t \n"])
def test_a_router_without_a_key_makes_one_and_keeps_it(noc, key):
    if key is not None:
        (noc.etc / "noc.key").write_text(key)
    first, second = noc("hello"), noc("hello")
    assert re.fullmatch(r"[0-9a-f]{16}\thello\t\n", first)
    assert first == second


def test_a_report_follows_its_line(noc):
    (noc.etc / "noc.key").write_text("abc\n")
    (noc.etc / "report").write_text("what: leak\nwhy:\n")
    assert noc("report") == "abc\treport\t\nwhat: leak\nwhy:\n"
