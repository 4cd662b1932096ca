"""Netlink messages and attributes (RFC 3549, 2.2): parsed, packed, and asked for in dumps."""

import errno
import socket
import struct
import time
from collections.abc import Iterator

from labs.engine.shared import pace
from labs.supervisor import syscalls

SECONDS = pace.seconds(1.0)  # for each part of the kernel's answer
REQUEST, DUMP, ERROR, DONE = 1, 0x300, 2, 3
# The kernel's words for an entry that it cannot tell
CUT = {struct.pack("=i", -one) for one in (errno.EMSGSIZE, errno.ENOBUFS, errno.ENOMEM)}
PIECE = 1 << 16  # bytes that are read at once


class Unfinished(Exception):
    """A dump has not told all: the kernel has ended it at an entry that fits into no message, or a part was longer than PIECE."""


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


def kernel_socket(pid: int, protocol: int = socket.NETLINK_ROUTE) -> socket.socket:
    """A socket in the network of PID, for questions to the kernel. A dump that is not read to its end blocks the next one on it."""
    made = syscalls.netlink_socket(pid, protocol=protocol)
    made.settimeout(SECONDS)
    return made


def send(asking: socket.socket, kind: int, head: bytes, flags: int = 0, number: int = 0) -> None:
    """Send one request: the header of its message, and attributes after it if it has any."""
    asking.send(struct.pack("=IHHII", 16 + len(head), kind, REQUEST | flags, number, 0) + head)


def dump(asking: socket.socket, kind: int, head: bytes, *, whole: bool = True) -> Iterator[bytes]:
    """The datagrams of one dump. A caller that stops early must send nothing else on this socket.

    Raises Unfinished if the kernel does not tell all, unless WHOLE is false. A kernel without the table tells of nothing.
    """
    number = time.monotonic_ns() & 0xFFFFFFFF
    send(asking, kind, head, DUMP, number)
    while True:
        received, _, flags, _ = asking.recvmsg(PIECE)
        is_cut = flags & socket.MSG_TRUNC or any(
            one in (ERROR, DONE) and body[:4] in CUT for one, body in messages(received)
        )
        if whole and is_cut:
            raise Unfinished
        if len(received) < 16 or struct.unpack_from("=H", received, 4)[0] in (ERROR, DONE):
            return
        if struct.unpack_from("=I", received, 8)[0] == number:
            yield received
            if any(one == DONE for one, _ in messages(received)):
                return


def count_entries(asking: socket.socket, kind: int, head: bytes, most: int) -> int:
    """The approximate number of entries of a table, by the length of the first one. Counting stops a little above MOST."""
    size, length = 0, 0
    for received in dump(asking, kind, head):
        if not length:
            length = struct.unpack_from("=I", received)[0]
        size += len(received)
        if size > most * length:
            break
    return size // length if length else 0


def count_bytes(asking: socket.socket, kind: int, head: bytes, most: int) -> int:
    """The bytes of a dump, for tables whose messages hold many entries each. Counting stops a little above MOST."""
    size = 0
    for received in dump(asking, kind, head):
        size += len(received)
        if size > most:
            break
    return size
