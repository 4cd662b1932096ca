"""The output of ping. Lines as iputils prints them; a router on the way controls part of them."""

import pytest

from labs.supervisor.probes import parse_ping

GOOD = b"""PING 2001:db8::2 (2001:db8::2) 56 data bytes
64 bytes from 2001:db8::2: icmp_seq=1 ttl=63 time=0.1 ms
64 bytes from 2001:db8::9: icmp_seq=3 ttl=63 time=0.1 ms
From 2001:db8::1 icmp_seq=2 Destination unreachable: No route
From 2001:db8::1%eth0 icmp_seq=4 Time exceeded: Hop limit

--- 2001:db8::2 ping statistics ---
4 packets transmitted, 2 received, +2 errors, 50% packet loss, time 3ms
"""


def test_answers_losses_and_errors_of_a_ping_are_read():
    assert parse_ping(GOOD, b"") == {
        "sent": 4,
        "received": 2,
        "from": ["2001:db8::2", "2001:db8::9"],
        "errors": ["2001:db8::1: Destination unreachable: No route", "2001:db8::1: Time exceeded: Hop limit"],
        "lost": [2, 4],
    }


@pytest.mark.parametrize(
    ("output", "errors", "said"),
    [
        (b"", b"ping: connect: Network is unreachable\n", "ping: connect: Network is unreachable"),
        (b"odd\xff", b"", "odd\ufffd"),
        (b"", b"x" * 1000, "x" * 300),
        (b"", b"", ""),
    ],
)
def test_a_ping_that_failed_to_start_has_its_message(output, errors, said):
    assert parse_ping(output, errors) == {"sent": 0, "received": 0, "from": [], "errors": [said], "lost": []}


def test_at_most_eight_errors_are_returned():
    lines = b"".join(b"From 2001:db8::%d icmp_seq=1 No route\n" % number for number in range(50))
    assert len(parse_ping(lines + b"1 packets transmitted, 0 received", b"")["errors"]) == 8
