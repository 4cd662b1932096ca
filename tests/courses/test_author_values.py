"""Outputs of an author's lab are shown with the values of a learner's lab, and nothing else in them changes."""

import re

import pytest
from django.conf import settings

from courses.author_values import OwnValues, own_values
from courses.content import Lesson
from courses.loader import library
from courses.number_places import Screen
from labs.engine.authoring.filling import Filling
from labs.engine.definition.spec import Lab
from labs.registry.versions import all_labs, newest

PLACEHOLDER = r"<<[a-z][^<>\n]{0,80}>>"
WRITTEN = re.compile(rf"(?:[\w.:/@-]|{PLACEHOLDER})*{PLACEHOLDER}(?:[\w.:/@-]|{PLACEHOLDER})*")


def lab_with(lab: str, name: str, word: str) -> Lab:
    """Return the lab of a learner for whom this word was drawn."""
    return next(own for own in (newest(lab, seed) for seed in range(1, 100)) if own.parameters[name].word == word)


def drawn(lab: str, name: str, word: str, *marked: str) -> OwnValues:
    return own_values(lab_with(lab, name, word), marked)


@pytest.mark.parametrize(
    ("author", "own"),
    [
        ("zone lagoon.example is ok", "zone ridge.example is ok"),
        ("ns1.lagoon.example.lagoon.example.", "ns1.ridge.example.ridge.example."),
        ("/etc/nsd/zones/lagoon.example.zone", "/etc/nsd/zones/ridge.example.zone"),
        ("https://www.shop-lagoon.example/", "https://www.shop-ridge.example/"),
        ("grep 'lagoon.*refresh'", "grep 'ridge.*refresh'"),
        ("dig @2001:db8:53ac:1::53 +short", "dig @2001:db8:6b1d:1::53 +short"),
        ("IP6 2001:db8:53ac:3::53.53 > 2001:db8:f::99.61: 7+", "IP6 2001:db8:6b1d:3::53.53 > 2001:db8:f::99.61: 7+"),
        ("allow 2001:db8:53ac::/48", "allow 2001:db8:6b1d::/48"),
        ("http://[2001:db8:53ac:c::80]:8080/", "http://[2001:db8:6b1d:c::80]:8080/"),
        ("c.a.3.5.8.b.d.0.1.0.0.2.ip6.arpa. IN NS", "d.1.b.6.8.b.d.0.1.0.0.2.ip6.arpa. IN NS"),
        ("0.0.c.0.0.0.c.a.3.5.8.b.d.0.1.0.0.2.ip6.arpa", "0.0.c.0.0.0.d.1.b.6.8.b.d.0.1.0.0.2.ip6.arpa"),
    ],
)
def test_a_name_and_the_digits_of_a_prefix_are_replaced_with_all_that_is_made_of_them(author, own):
    assert drawn("dns-zones", "isp", "ridge").put_into(author) == own


@pytest.mark.parametrize(
    "text",
    [
        "root@ns1:~# dig @2001:db8:f::2 elsewhere.example NS",
        "2001:db8:53a::1 2001:db8:53:ac::1 2001:db8:f:53ac::1 fe80::53ac:1 2001:db8::/32",
        "00:00:5e:00:53:ac",
        "53ac 0001 c.a.3.5",
        "lagoons.example blagoon.example lagoon2 lagoon_ns",
        "c.a.3.4.8.b.d.0.1.0.0.2.ip6.arpa 8.b.d.0.1.0.0.2.ip6.arpa 2.0.192.in-addr.arpa",
        "10.5 ms, 53 packets, 12:30:53",
    ],
)
def test_what_only_looks_like_a_value_stays(text):
    assert drawn("dns-zones", "isp", "ridge").put_into(text) == text


def test_columns_stay_where_they_were():
    before = "lagoon.example.         60      IN      AAAA    2001:db8:53ac:1::80"
    after = "plateau.example.        60      IN      AAAA    2001:db8:9a36:1::80"
    assert drawn("dns-zones", "isp", "plateau").put_into(before) == after


def test_a_choice_that_is_a_prefix_without_its_end_is_replaced():
    put_into = drawn("v6-services", "site", "dulo").put_into
    assert (
        put_into("mail [2001:db8:63:80::25], 2001:db8:63:80::/64") == "mail [2001:db8:74:a0::25], 2001:db8:74:a0::/64"
    )
    assert put_into("0.8.0.0.3.6.0.0.8.b.d.0.1.0.0.2.ip6.arpa.") == "0.a.0.0.4.7.0.0.8.b.d.0.1.0.0.2.ip6.arpa."
    assert put_into("2001:db8:63:81::1, 192.0.2.80, [::]:80") == "2001:db8:63:81::1, 192.0.2.80, [::]:80"


def test_the_addresses_of_a_choice_go_before_the_prefix_that_contains_them():
    lab = lab_with("address-plan", "village", "amba")
    own = lab.parameters["own"]
    shown = own_values(lab).put_into(
        "Cedra: 2001:db8:5:b012::1/64, 2001:db8:5:b777::/64, 2001:db8:5:b000::/52; 2001:db8:5:4000::1"
    )
    base = str(own.network_address).removesuffix("::")
    assert shown == f"Amba: {base}:2012::1/64, {base}:2777::/64, {base}:2000::/52; {base}:4000::1"


def test_names_that_the_lab_writes_by_hand_say_that_its_network_is_another_one():
    """The other neighbour is the thief. With north and south exchanged, the output would say what never happened."""
    lab = lab_with("first-ebgp", "thief", "south")
    values = own_values(lab)
    assert values.put_into("Neighbor north: from-north, South") == "Neighbor north: from-north, South"
    assert values.put_into("3fff:500:2::/48") == str(lab.parameters["own"]).replace("::/32", ":2::/48")
    assert values.leave_some_in("")
    assert not drawn("first-ebgp", "thief", "north").leave_some_in("Neighbor north")


def test_prefixes_of_another_length_say_that_the_network_is_another_one():
    values = drawn("v6-plan", "plan", "small")
    assert values.is_another_network
    assert "::/36" in values.put_into("3fff:a00::/36")


@pytest.mark.parametrize(
    ("author", "own"),
    [
        ("LISTEN 0 511 [::]:8081 [::]:*", "LISTEN 0 511 [::]:9443 [::]:*"),
        ("    listen [::]:8081;", "    listen [::]:9443;"),
        ("curl http://localhost:8081/", "curl http://localhost:9443/"),
        ("8081 bytes, pid=8081, 2001:db8:f:8081::1, 2001:db8:f::8081, 1.8081", None),
        ("12:8081:1 00:8081:00", None),
    ],
)
def test_a_port_is_replaced_after_a_colon_only(author, own):
    assert drawn("lin-services", "port", "9443").put_into(author) == (own or author)


def test_a_marked_value_is_replaced_wherever_it_stands_whole():
    plain, marked = drawn("lin-services", "port", "9443"), drawn("lin-services", "port", "9443", "port")
    line = "nc -6 -l -k 8081; 80810 18081 x8081"
    assert plain.put_into(line) == line
    assert plain.leave_some_in(line)
    assert marked.put_into(line) == "nc -6 -l -k 9443; 80810 18081 x8081"
    assert not marked.leave_some_in(marked.put_into(line))


def test_a_small_number_stays_and_is_told():
    lab = next(
        own for own in (newest("ospfv3-one-area", seed) for seed in range(1, 99)) if own.parameters["west"] != 12
    )
    values = own_values(lab)
    assert values.put_into("[110/12] via") == "[110/12] via"
    assert values.leave_some_in("[110/12] via")
    assert not values.leave_some_in("up for 00:12:12, 120")
    assert own_values(lab, ["west"]).put_into("[110/12]") == f"[110/{lab.parameters['west']}]"


def test_as_numbers_are_replaced_in_communities_sets_and_json():
    lab = newest("communities-maintenance", 7)
    me, up = lab.parameters["me"], lab.parameters["up_as"]
    put_into = own_values(lab).put_into
    assert put_into("64500:100 64500:1:64496, 64500:64500") == f"{me}:100 {me}:1:{up}, {me}:{me}"
    assert put_into("AS64500:AS-ALL, AS64500") == f"AS{me}:AS-ALL, AS{me}"
    assert put_into('"localAs":64500, port [::1]:64500') == f'"localAs":{me}, port [::1]:64500'
    own4 = str(lab.parameters["own4"][1])
    assert put_into("192.0.2.1.179 > 192.0.2.1:53: 192.0.2.1.") == f"{own4}.179 > {own4}:53: {own4}."


def test_the_bytes_of_a_packet_are_replaced_too():
    lab = newest("v6-mostly", 7)
    groups = lab.parameters["site"].network_address.exploded.split(":")[:3]
    put_into = own_values(lab).put_into
    assert put_into("0x0000:  0010 2001 0db8 005c 0064 0000") == f"0x0000:  0010 {' '.join(groups)} 0064 0000"
    assert put_into("2001 0db8 0050 0064") == "2001 0db8 0050 0064"


def test_what_our_lessons_say_about_an_output_has_no_value_of_its_author():
    told = []
    for lesson in lessons():
        for body in re.findall(r"^::: worked.*?^:::$", lesson.file.read_text(), re.M | re.S):
            for lab in re.findall(r"^```output (\S+)", body, re.M):
                if lab in {one.id for one in all_labs()}:
                    said = re.sub(r"^```output.*?^```", "", body, flags=re.M | re.S)
                    told += [(lesson.id, value) for value in sorted(written(newest(lab))) if stands_in(said, value)]
    assert told == []


def test_no_output_of_our_lessons_keeps_a_value_of_its_author():
    """Compares with all that the lab's files write with a placeholder. Shorter values can stand there by chance."""
    seeded = {lab.id for lab in all_labs() if lab.parameters}
    screens = [(lesson, place) for lesson in lessons() for place in lesson.places if isinstance(place, Screen)]
    left = [
        (lesson.id, screen.lab, seed, found)
        for lesson, screen in screens
        for seed in (1, 2, 3)
        if screen.lab in seeded and (found := kept(screen, newest(screen.lab, seed)))
    ]
    assert left == []


def lessons() -> list[Lesson]:
    return [lesson for course in library(settings.COURSE_CONTENT).courses.values() for lesson in course.lessons()]


def kept(screen: Screen, lab: Lab) -> list[str]:
    """Return the author's values that the output still has, and the learner's lab has not."""
    shown = own_values(lab, screen.own).put_into(screen.text)
    return [value for value in sorted(written(newest(lab.id)) - written(lab)) if stands_in(shown, value)]


def written(lab: Lab) -> set[str]:
    """Return what the lab's files write with a placeholder, as far as it cannot stand somewhere by chance."""
    texts = [file.read_bytes().decode(errors="ignore") for file in lab.folder.rglob("*") if file.is_file()]
    found = {one[0].rstrip(".:/-") for text in texts for one in WRITTEN.finditer(text)}
    return {value for value in (Filling(lab.parameters).fill(text)[0] for text in found) if len(value) > 4}


def stands_in(text: str, value: str) -> bool:
    return re.search(rf"(?<![\w:.-]){re.escape(value)}(?![\w-]|[:.][\w:])", text) is not None
