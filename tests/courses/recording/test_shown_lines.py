"""A lesson shows the lines that its block selects, and the same text at each recording."""

import pytest

from courses.recording.shown_lines import are_alike, selected

PRINTED = "Codes: a, b\n\nS>* ::/0\nC>* 2001:db8::/64\nC>* fe80::/64 eth0 00:00:01\nend\n"


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({}, "Codes: a, b\n\nS>* ::/0\nC>* 2001:db8::/64\nC>* fe80::/64 eth0 00:00:01\nend"),
        ({"only": "^C>"}, "…\nC>* 2001:db8::/64\nC>* fe80::/64 eth0 00:00:01\n…"),
        ({"drop": "^C>|^$"}, "Codes: a, b\nS>* ::/0\n…\nend"),
        ({"from": "^S"}, "…\nS>* ::/0\nC>* 2001:db8::/64\nC>* fe80::/64 eth0 00:00:01\nend"),
        ({"from": "^S", "to": "2001"}, "…\nS>* ::/0\nC>* 2001:db8::/64\n…"),
        ({"to": "^S"}, "Codes: a, b\n\nS>* ::/0\n…"),
        ({"only": "fe80", "cut": " eth0.*"}, "…\nC>* fe80::/64…\n…"),
        ({"only": "nothing"}, "…"),
    ],
)
def test_options_select_lines_and_say_where_others_were(options, shown):
    assert selected(PRINTED, options) == shown


def test_tabs_become_the_spaces_that_a_terminal_shows():
    assert selected("\tvia x  \n", {}) == "        via x"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C>* ::/0, 00:00:09", "C>* ::/0, 00:01:10"),
        ("64 bytes from ::1: icmp_seq=1 ttl=64 time=0.051 ms", "64 bytes from ::1: icmp_seq=1 ttl=64 time=0.2 ms"),
        ("rtt min/avg/max/mdev = 0.051/0.061/0.071/0.010 ms", "rtt min/avg/max/mdev = 0.1/0.2/0.3/0.4 ms"),
        ("::1  4  64496    9    9", "::1  4  64496   10   11"),
        ("expires 29sec hoplimit 64", "expires 28sec hoplimit 64"),
        ("unicast [r1 16:59:35.375] *", "unicast [r1 07:00:00.001] *"),
    ],
)
def test_times_and_counters_make_no_difference(one, other):
    assert are_alike(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C>* ::/0 via fe80::1", "C>* ::/0 via fe80::2"),
        ("S>* ::/0 [1/0]", "S>* ::/0 [200/0]"),
        ("2 packets transmitted, 2 received", "2 packets transmitted, 2 lost"),
        ("::1  4  64496", "::1  4  64497"),
        ("a\nb", "a"),
    ],
)
def test_all_else_makes_a_difference(one, other):
    assert not are_alike(one, other)
