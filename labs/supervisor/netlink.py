"""Netlink messages and attributes (RFC 3549, 2.2): parsed and packed."""

import struct
from collections.abc import Iterator


def messages(received: bytes) -> Iterator[tuple[int, bytes]]:
    """The type and the body of each message, up to the first whose length is wrong."""
    at = 0
    while len(received) - at >= 16:
        length, kind = struct.unpack_from("=IH", received, at)
        if not 16 <= length <= len(received) - at:
            return
        yield kind, received[at + 16 : at + length]
        at += (length + 3) & ~3


def attributes(packed: bytes) -> Iterator[tuple[int, bytes]]:
    """The number and the value of each attribute, up to the first whose length is wrong."""
    at = 0
    while len(packed) - at >= 4:
        length, number = struct.unpack_from("=HH", packed, at)
        if not 4 <= length <= len(packed) - at:
            return
        yield number & 0x3FFF, packed[at + 4 : at + length]
        at += (length + 3) & ~3


def attribute(number: int, value: bytes) -> bytes:
    """One attribute, padded to four bytes. Raises struct.error when the value is too long."""
    return struct.pack("=HH", len(value) + 4, number) + value + bytes(-len(value) % 4)
