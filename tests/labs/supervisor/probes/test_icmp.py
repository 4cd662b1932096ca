"""Echo messages. What comes back may come from any node on the path, so it may be anything."""

import struct

import pytest

from labs.supervisor.probes.icmp import HEADER, Reply, internet_checksum, reply_to, request

OURS, DATA = 0x1234, b"nonce of 16 byte" * 3
SENT = {4: b"\x45" + bytes(19), 6: b"\x60" + bytes(39)}  # the IP header before a packet that an error quotes
RECEIVED = {4: b"\x45" + bytes(19), 6: b""}  # a raw socket receives the header of IPv4 only


def answer(version: int, sequence: int, *, identifier: int = OURS, data: bytes = DATA) -> bytes:
    return RECEIVED[version] + struct.pack("!BBHHH", {4: 0, 6: 129}[version], 0, 0, identifier, sequence) + data


def error(version: int, kind: int, code: int, about: bytes, *, rest: int = 0) -> bytes:
    return RECEIVED[version] + struct.pack("!BBHI", kind, code, 0, rest) + SENT[version] + about


@pytest.mark.parametrize("version", [4, 6])
def test_a_reply_belongs_to_the_request_with_its_identifier_and_data(version):
    assert reply_to(version, answer(version, 7), OURS, DATA) == Reply(7, "", 0)
    assert reply_to(version, answer(version, 7, identifier=OURS + 1), OURS, DATA) is None
    assert reply_to(version, answer(version, 7, data=b"made up"), OURS, DATA) is None


@pytest.mark.parametrize("version", [4, 6])
def test_a_request_of_ours_that_comes_back_is_no_reply(version):
    assert reply_to(version, RECEIVED[version] + request(version, OURS, 1, DATA), OURS, DATA) is None


@pytest.mark.parametrize(
    ("version", "kind", "code", "what"),
    [
        (4, 3, 1, "Destination Host Unreachable"),
        (4, 3, 99, "Destination code 99"),
        (4, 11, 0, "Time to live exceeded"),
        (6, 1, 0, "Destination unreachable: No route"),
        (6, 1, 200, "Destination unreachable: code 200"),
        (6, 3, 0, "Time exceeded: Hop limit"),
    ],
)
def test_an_error_about_a_request_of_ours_is_named_as_ping_names_it(version, kind, code, what):
    assert reply_to(version, error(version, kind, code, request(version, OURS, 3, DATA)), OURS, DATA) == Reply(
        3, what, 0
    )
    others = request(version, OURS + 1, 3, DATA)
    assert reply_to(version, error(version, kind, code, others), OURS, DATA) is None


@pytest.mark.parametrize(("version", "kind", "code"), [(4, 3, 4), (6, 2, 0)])
def test_an_error_about_a_packet_that_is_too_big_names_the_mtu(version, kind, code):
    packet = error(version, kind, code, request(version, OURS, 2, DATA), rest=1280)
    assert reply_to(version, packet, OURS, DATA)[::2] == (2, 1280)


@pytest.mark.parametrize("version", [4, 6])
def test_a_packet_that_is_cut_anywhere_is_no_reply_and_no_failure(version):
    whole = error(version, 11 if version == 4 else 3, 0, request(version, OURS, 1, DATA))
    short = len(RECEIVED[version]) + HEADER + len(SENT[version]) + HEADER
    assert [reply_to(version, whole[:length], OURS, DATA) for length in range(short)] == [None] * short


def test_an_ipv4_header_that_claims_another_length_is_no_failure():
    for first in range(256):
        reply_to(4, bytes([first]) + answer(4, 1)[1:], OURS, DATA)
        reply_to(4, error(4, 11, 0, b"")[:28] + bytes([first]) + request(4, OURS, 1, DATA), OURS, DATA)


@pytest.mark.parametrize("data", [b"", b"odd", DATA])
def test_a_request_of_ipv4_has_a_valid_checksum(data):
    assert internet_checksum(request(4, OURS, 1, data)) == 0


@pytest.mark.parametrize(
    ("data", "checksum"),
    [
        (bytes.fromhex("0001f203f4f5f6f7"), 0x220D),  # RFC 1071, 3
        (b"", 0xFFFF),
        (b"\x01", 0xFEFF),
        (b"\xff" * 40, 0),
    ],
)
def test_the_checksum_is_that_of_rfc_1071(data, checksum):
    assert internet_checksum(data) == checksum
