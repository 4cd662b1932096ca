"""Netlink's messages and attributes, taken apart and put together (RFC 3549, 2.2)."""

import struct
from collections.abc import Iterator


def messages(received: bytes) -> Iterator[tuple[int, bytes]]:
    """Each netlink message's type and body."""
    at = 0
    while len(received) - at >= 16:
        length, kind = struct.unpack_from("=IH", received, at)
        if length < 16:
            return
        yield kind, received[at + 16 : at + length]
        at += (length + 3) & ~3


def attributes(packed: bytes) -> Iterator[tuple[int, bytes]]:
    """Each attribute's number and value."""
    at = 0
    while len(packed) - at >= 4:
        length, number = struct.unpack_from("=HH", packed, at)
        if length < 4:
            return
        yield number & 0x3FFF, packed[at + 4 : at + length]
        at += (length + 3) & ~3


def attribute(number: int, value: bytes) -> bytes:
    return struct.pack("=HH", len(value) + 4, number) + value + bytes(-len(value) % 4)
