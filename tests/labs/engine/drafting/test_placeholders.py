"""A draft has the names of parameters instead of values, and its reader finds the same values again."""

import ipaddress

import pytest

from labs.engine.authoring.filling import Filling
from labs.engine.definition.parameters import Chosen
from labs.engine.drafting.placeholders import Bare, Placeholders, written

VALUES = {
    "me": 64500,
    "cost": 5,
    "own": ipaddress.ip_network("2001:db8:500::/48"),
    "wide": ipaddress.ip_network("3fff:500::/32"),
    "net": ipaddress.ip_network("192.0.2.0/24"),
    "id": ipaddress.ip_address("198.51.100.1"),
    "liar": Chosen("north", {"address": "<<own:a::1>>", "name": "North"}),
}
NAMES = Placeholders(VALUES)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("2001:db8:500::/48", "<<own>>"),
        ("2001:db8:500:1::10", "<<own:1::10>>"),
        ("2001:db8:500:1::10/64", "<<own:1::10/64>>"),
        ("2001:db8:500::1", "<<own::1>>"),
        ("3fff:500:0:2::/64", "<<wide:0:2::/64>>"),
        ("192.0.2.7/24", "<<net+7/24>>"),
        ("198.51.100.1", "<<id>>"),
        ("64500 64511", "<<me>> 64511"),
        ("64500:7", "<<me>>:7"),
        ("AS 64500 has 2001:db8:500::/48", "AS <<me>> has <<own>>"),
        ("2001:db8:500:a::1", "<<liar.address>>"),
        ("2001:db8:600::1", "2001:db8:600::1"),
        ("bgpd", "bgpd"),
        ("eth0", "eth0"),
    ],
)
def test_a_value_is_named_and_filled_again(value, name):
    assert NAMES.text(value) == name
    assert Filling(VALUES).fill(name) == (value, [])


def test_a_number_is_named_only_where_it_cannot_be_another_one():
    assert NAMES.of({"remote_as": 64500, "port": 5, "cost": 5}) == {
        "remote_as": "<<me>>",
        "port": 5,
        "cost": "<<cost>>",
    }


def test_placeholders_of_numbers_are_written_without_quotation_marks():
    expect = {"peer": "<<own:1::10>>", "remote_as": Bare("<<me>>"), "dev": {"exact": ["eth0"]}, "present": False}
    assert written(expect) == '{peer: "<<own:1::10>>", remote_as: <<me>>, dev: {exact: [eth0]}, present: false}'


def test_a_lab_without_parameters_keeps_its_values():
    assert Placeholders({}).text("2001:db8:500::/48 64500") == "2001:db8:500::/48 64500"
