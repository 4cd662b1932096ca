"""ICMP and ICMPv6 messages (RFC 792, RFC 4443): echo requests are packed, and what comes back is matched with them.

Any node on the path may have sent what is read here, so it is hostile: only fields at fixed places are read.
"""

import struct
from collections.abc import Mapping
from typing import NamedTuple

REQUEST, REPLY = {4: 8, 6: 128}, {4: 0, 6: 129}
HEADER = 8  # bytes of an echo message, and of an error before the packet that it is about
IPV6_HEADER = 40
TOO_BIG = {4: (3, 4), 6: (2, 0)}  # type and code of the error that names an MTU

# The texts of ping, by version, type and code. A code without a text of its own is named by its number.
ERRORS: Mapping[int, Mapping[int, tuple[str, Mapping[int, str]]]] = {
    4: {
        3: (
            "Destination",
            {
                0: "Net Unreachable",
                1: "Host Unreachable",
                2: "Protocol Unreachable",
                3: "Port Unreachable",
                4: "needs smaller packets",
                5: "Source Route Failed",
                9: "Net Prohibited",
                10: "Host Prohibited",
                13: "Administratively Prohibited",
            },
        ),
        11: ("Time to live exceeded", {0: "", 1: "in reassembly"}),
        12: ("Parameter problem", {0: ""}),
    },
    6: {
        1: (
            "Destination unreachable:",
            {
                0: "No route",
                1: "Administratively prohibited",
                2: "Beyond scope of source address",
                3: "Address unreachable",
                4: "Port unreachable",
                5: "Failed policy",
                6: "Rejected route",
            },
        ),
        2: ("Packet too big", {0: ""}),
        3: ("Time exceeded:", {0: "Hop limit", 1: "Defragmentation failure"}),
        4: ("Parameter problem", {0: ""}),
    },
}


class Reply(NamedTuple):
    """The reply to one request: an echo reply if ``error`` is empty. ``mtu`` is what a "too big" names, otherwise 0."""

    sequence: int
    error: str
    mtu: int


def request(version: int, identifier: int, sequence: int, data: bytes) -> bytes:
    """An echo request. The kernel fills in the checksum of ICMPv6 (RFC 3542, 3.1), and not that of ICMP."""
    head = struct.pack("!BBHHH", REQUEST[version], 0, 0, identifier, sequence)
    if version == 6:
        return head + data
    return head[:2] + struct.pack("!H", internet_checksum(head + data)) + head[4:] + data


def reply_to(version: int, packet: bytes, identifier: int, data: bytes) -> Reply | None:
    """Return what a packet says about the requests with this identifier and these data; None if it is about something else.

    PACKET is what a raw socket receives: with its IPv4 header, without its IPv6 header.
    """
    message = packet if version == 6 else _after_ipv4_header(packet)
    if len(message) < HEADER:
        return None
    kind, code = message[0], message[1]
    if kind == REPLY[version]:
        found, sequence = struct.unpack_from("!HH", message, 4)
        return Reply(sequence, "", 0) if found == identifier and message[HEADER:] == data else None
    if kind not in ERRORS[version]:
        return None
    about = message[HEADER:]
    sent = about[IPV6_HEADER:] if version == 6 else _after_ipv4_header(about)
    if len(sent) < HEADER or sent[0] != REQUEST[version] or struct.unpack_from("!H", sent, 4)[0] != identifier:
        return None
    mtu = struct.unpack_from("!I", message, 4)[0] & (0xFFFF if version == 4 else 0xFFFFFFFF)
    return Reply(
        struct.unpack_from("!H", sent, 6)[0],
        _named(version, kind, code),
        mtu if (kind, code) == TOO_BIG[version] else 0,
    )


def _named(version: int, kind: int, code: int) -> str:
    what, texts = ERRORS[version][kind]
    return f"{what} {texts.get(code, f'code {code}')}".rstrip()


def _after_ipv4_header(packet: bytes) -> bytes:
    return packet[(packet[0] & 15) * 4 :] if packet else b""


def internet_checksum(data: bytes) -> int:
    """The checksum of RFC 1071; an odd last byte counts as if a zero followed."""
    data += bytes(len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
