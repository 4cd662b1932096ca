"""Addresses and numbers are replaced in printed text, and columns stay where they were."""

from ipaddress import ip_network

import pytest

from courses.printed_numbers import moved, replaced, reverse_moved, with_words


def test_tokens_are_found_as_programs_print_them():
    found: list[str] = []
    text = (
        "inet6 2001:db8::1/64 fe80::1%eth0 [AS64500i] local AS number 64500. 192.0.2.1, via 2001:db8::1, 00:00:12\n"
        "00:00:5e:00:53:01 (2001:db8::2) 2001:db8::3: icmp_seq=1 12345.6 ms abcdef123456 -64500"
    )
    replaced(text, lambda token: found.append(token) or token)
    assert [token for token in found if token != "00:00:12"] == [
        "2001:db8::1/64",
        "fe80::1",
        "AS64500",
        "64500",
        "192.0.2.1",
        "2001:db8::1",
        "00:00:5e:00:53:01",
        "2001:db8::2",
        "2001:db8::3",
    ]


def shortened(token: str) -> str:
    return {"2001:db8:f1::1": "3fff:1::1", "64496": "4200000000"}.get(token, token)


def test_columns_stay_where_they_were():
    before = "2001:db8:f1::1  4      64496         4 x\n2001:db8:f2::1  4      64497         4 x"
    after = replaced(before, shortened).splitlines()
    assert after == ["3fff:1::1       4 4200000000         4 x", "2001:db8:f2::1  4      64497         4 x"]


def test_a_sentence_does_not_get_wider_spaces():
    assert replaced("via 2001:db8:f1::1, eth0", shortened) == "via 3fff:1::1, eth0"
    assert replaced("via 2001:db8:f1::1 dev eth0", shortened) == "via 3fff:1::1 dev eth0"


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("2001:db8:5::", "3fff:9::"),
        ("2001:db8:5:a3::10", "3fff:9:0:a3::10"),
        ("2001:db8:5:a3::/64", "3fff:9:0:a3::/64"),
        ("2001:db8:5::/48", "3fff:9::/48"),
        ("2001:db8:5::/44", "3fff:9::/44"),
        ("2001:db8:6::1", None),
        ("fe80::1", None),
        ("192.0.2.1", None),
        ("de:ad:be:ef:00:01", None),
    ],
)
def test_an_address_moves_from_one_prefix_into_another(token, expected):
    assert moved(token, ip_network("2001:db8:5::/48"), ip_network("3fff:9::/48")) == expected


NETWORKS = [
    (ip_network("2001:db8:5::/48"), ip_network("3fff:9::/48")),
    (ip_network("192.0.2.0/24"), ip_network("203.0.113.0/24")),
]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("5.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "0.0.0.0.9.0.0.0.f.f.f.3.ip6.arpa"),
        ("2.0.192.in-addr.arpa", "113.0.203.in-addr.arpa"),
        ("7.2.0.192.in-addr.arpa", "7.113.0.203.in-addr.arpa"),
        ("6.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", None),
        ("999.0.192.in-addr.arpa", None),
    ],
)
def test_the_reverse_name_of_an_address_moves_with_it(name, expected):
    assert reverse_moved(name, NETWORKS) == (expected or name)


def test_words_are_replaced_where_they_stand_whole():
    assert with_words("lagoon.example.    60  lagoons", {"lagoon": "monsoon"}) == "monsoon.example.   60  lagoons"
    assert with_words("a.lagoon b", {}) == "a.lagoon b"


def test_the_next_wide_space_takes_up_the_difference_of_a_word():
    longer, shorter = {"lagoon": "plateau"}, {"lagoon": "ridge"}
    assert with_words("ns.lagoon. 60    IN      A x", longer) == "ns.plateau. 60   IN      A x"
    assert with_words("ns.lagoon. 60    IN      A x", shorter) == "ns.ridge. 60     IN      A x"
    assert with_words("  a lagoon\n\nno lagoon  x", longer) == "  a plateau\n\nno plateau x"
