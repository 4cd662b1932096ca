"""Router advertisements, including those that no router would send."""

import random
import socket
import struct

import pytest

from labs.supervisor.probes.router_advertisement import HEADER, Malformed, is_accepted, parse

HEAD = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0x88, 1800, 0, 0)
PREFIX = struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 86_400, 14_400, 0) + bytes.fromhex("20010db8000000070000000000000000")
MTU = struct.pack("!BBHI", 5, 1, 0, 1480)
RDNSS = struct.pack("!BBHI", 25, 5, 0, 600) + bytes(15) + b"\1" + bytes(15) + b"\2"
PREF64 = struct.pack("!BBH", 38, 2, 600 << 3 | 0) + bytes.fromhex("0064ff9b0000000000000000")


def hop_limit(value):
    return [(socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT, struct.pack("@i", value))]


@pytest.mark.parametrize(
    ("source", "hops", "accepted"),
    [("fe80::1", 255, True), ("2001:db8:1::1", 255, False), ("fe80::1", 254, False)],
)
def test_a_host_accepts_advertisements_from_a_link_local_address_of_this_link_only(source, hops, accepted):
    assert is_accepted(parse(HEAD, source, hop_limit(hops))) is accepted


def test_an_advertisement_without_a_hop_limit_from_the_kernel_is_not_accepted():
    for ancillary in ([], [(socket.SOL_SOCKET, socket.IPV6_HOPLIMIT, struct.pack("@i", 255))], [(41, 52, b"\xff")]):
        said = parse(HEAD, "fe80::1", ancillary)
        assert said["received_hop_limit"] is None
        assert not is_accepted(said)


def test_flags_and_options_are_read():
    assert parse(HEAD + PREFIX + MTU + RDNSS + PREF64, "fe80::1", hop_limit(255)) == {
        "source": "fe80::1",
        "hop_limit": 64,
        "managed": True,
        "other": False,
        "preference": "high",
        "lifetime": 1800,
        "prefixes": [
            {
                "prefix": "2001:db8:0:7::",
                "length": 64,
                "on_link": True,
                "autonomous": True,
                "valid": 86_400,
                "preferred": 14_400,
            }
        ],
        "mtu": 1480,
        "rdnss": ["::1", "::2"],
        "pref64": ["64:ff9b::/96"],
        "received_hop_limit": 255,
    }


@pytest.mark.parametrize(
    "option",
    [
        struct.pack("!BBHI", 25, 4, 0, 600) + bytes(24),  # one and a half addresses
        struct.pack("!BBHI", 25, 1, 0, 600),
        struct.pack("!BBBB", 3, 1, 64, 0) + bytes(4),
        struct.pack("!BB", 5, 2) + bytes(14),
        struct.pack("!BBH", 38, 2, 7) + bytes(12),  # a prefix length that RFC 8781 does not have
        struct.pack("!BB", 200, 3) + bytes(22),
    ],
)
def test_an_option_with_a_wrong_length_is_ignored_and_the_rest_is_read(option):
    said = parse(HEAD + option + MTU, "fe80::1", [])
    assert (said["prefixes"], said["rdnss"], said["pref64"], said["mtu"]) == ([], [], [], 1480)


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        HEAD[:-1],
        b"\x85" + HEAD[1:],  # a solicitation
        HEAD + b"\5\0" + bytes(6),  # an option without a length
        HEAD + PREFIX[:-1],
        HEAD + MTU + b"\5",
        HEAD + b"\1\xff" + bytes(8),
    ],
)
def test_a_packet_that_a_host_discards_is_malformed(packet):
    with pytest.raises(Malformed):
        parse(packet, "fe80::1", [])


def test_ten_thousand_broken_advertisements_raise_only_malformed():
    draw = random.Random(4861)
    whole = HEAD + PREFIX + RDNSS + MTU + PREF64
    for _ in range(10_000):
        packet = bytearray(whole if draw.random() < 0.8 else HEAD + draw.randbytes(draw.randrange(200)))
        for _ in range(draw.randrange(6)):
            packet[draw.randrange(1, len(packet))] = draw.randrange(256)
        del packet[draw.choice((len(packet), draw.randrange(len(packet)))) :]
        try:
            said = parse(bytes(packet), "fe80::1", [])
        except Malformed:
            continue
        assert len(said["prefixes"]) * 32 + len(said["rdnss"]) * 16 <= len(packet) - HEADER
