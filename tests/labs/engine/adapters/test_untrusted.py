"""Values from a learner's node: whatever they are, reading them raises nothing."""

from ipaddress import ip_address, ip_network

import pytest

from labs.engine.adapters import untrusted

RUBBISH = [None, True, 7, float("nan"), float("inf"), 1 << 70, "", "x" * 5000, [], [[]], {}, {1: 2}, b"x", object()]
READERS = [
    untrusted.fields, untrusted.items, untrusted.pairs, untrusted.word, untrusted.text, untrusted.long_text,
    untrusted.number, untrusted.whole, untrusted.address, untrusted.network, untrusted.area, untrusted.community,
    untrusted.extended_community, untrusted.load,
]  # fmt: skip


@pytest.mark.parametrize("read", READERS)
def test_no_value_raises(read):
    for value in RUBBISH:
        read(value)


@pytest.mark.parametrize(
    ("value", "word"),
    [("  up ", "up"), (True, "true"), (False, "false"), (7, "7"), (7.5, "7.5"), (7.0, "7"), (None, None), ([], None)],
)
def test_a_number_or_a_boolean_becomes_its_text(value, word):
    assert untrusted.word(value) == word
    assert untrusted.text(value) == (word or "")


def test_a_word_is_short_and_has_no_control_characters():
    assert len(untrusted.text("x" * 5000)) <= untrusted.LONGEST + 1
    assert "\x1b" not in untrusted.text("a\x1b[31mb")


@pytest.mark.parametrize(
    ("value", "number"),
    [("12", 12), (" 1.5", 1.5), (3, 3), ("twelve", None), (True, None), ("nan", None), (1 << 65, None)],
)
def test_only_numbers_of_a_possible_size_are_numbers(value, number):
    assert untrusted.number(value) == number


def test_an_address_is_read_without_its_zone_and_length():
    assert untrusted.address("fe80::1%eth0") == ip_address("fe80::1")
    assert untrusted.address("2001:db8::1/64") == ip_address("2001:db8::1")
    assert untrusted.address("2001:db8::1::2") is None


def test_a_bare_address_is_a_host_prefix_and_default_is_all_of_ipv6():
    assert untrusted.network("2001:db8::1") == ip_network("2001:db8::1/128")
    assert untrusted.network("default") == ip_network("::/0")
    assert untrusted.network("2001:db8::1/32") == ip_network("2001:db8::/32")


def test_both_ways_to_write_an_area_are_one_area():
    assert untrusted.area(0) == untrusted.area("0.0.0.0") == untrusted.area("0")
    assert untrusted.area("1") == untrusted.area("0.0.0.1")
    assert untrusted.area("backbone") is None


@pytest.mark.parametrize("written", ["65535:65281", "(65535,65281)", "no-export", "noExport"])
def test_a_well_known_community_is_the_same_by_name_and_by_number(written):
    assert untrusted.community(written) == (65535, 65281)


def test_communities_have_two_or_three_numbers():
    assert untrusted.community("65000:1:2") == (65000, 1, 2)
    assert untrusted.community("65000") is None
    assert untrusted.community("65000:1:2:3") is None
    assert untrusted.community("\u0663:1") is None  # an Arabic digit


def test_a_site_of_origin_has_two_names():
    assert untrusted.extended_community("RT:65000:1") == untrusted.extended_community("(rt, 65000, 1)")
    assert untrusted.extended_community("soo:65000:1") == untrusted.extended_community("ro:65000:1")
    assert untrusted.extended_community("xx:65000:1") is None


def test_a_repeated_key_is_kept_as_a_list_where_that_is_asked_for():
    assert untrusted.load('{"a": 1, "a": 2}') == {"a": 2}
    assert untrusted.load('{"a": 1, "a": 2, "b": 3}', keep_doubles=True) == {"a": [1, 2], "b": 3}
    assert untrusted.load("[" * 100_000) is None


def test_a_list_or_mapping_has_an_end():
    assert len(untrusted.items([0] * 30_000)) == untrusted.MOST
    assert len(untrusted.pairs({str(n): n for n in range(30_000)})) == untrusted.MOST
