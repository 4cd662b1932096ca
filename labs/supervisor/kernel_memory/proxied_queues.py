"""The queues of packets that ask for a proxied neighbour: emptied when they are long.

A router may answer for neighbours (RFC 1027, RFC 4389), and waits for a random time before it does: up to a delay that root of a
node may set to days, and set back afterwards. The kernel has one such queue in each of its two tables, for all networks of the
machine, and tells its length only, not whose packets wait. It drops those of one network when an interface there is removed. So
while a queue is long, each lab makes an interface in its nodes and removes it. After this was in vain, it pauses.
"""

import secrets
import socket
import struct
from collections.abc import Iterable

from labs.supervisor.netlink import attribute, attributes, dump, kernel_socket, messages, send

LONG = 64  # packets of all networks, of 128 KB at most: as many as the kernel lets one interface queue
MOSTLY = 0.75  # of a queue: when more than that is left, the packets are of another lab
PAUSE = 8.0  # seconds after it was in vain, as an interface is not free of cost

# rtnetlink(7), and struct ndt_config in linux/neighbour.h
GET_TABLES, CONFIGURATION, LENGTH_AT = 66, 5, 28
NEW_LINK, DELETE_LINK, CREATE, NAME, INFORMATION, KIND = 16, 17, 0x600, 3, 18, 1


def empty_long(pids: Iterable[int]) -> bool:
    """While a queue is long, drop what the networks of PIDS have in it. Return whether that was in vain."""
    at_first, in_vain = 0, False
    for pid in pids:
        try:
            with kernel_socket(pid) as asking:
                if (waiting := longest(asking)) <= LONG:
                    return False
                at_first = at_first or waiting
                _drop(pid)
                in_vain = longest(asking) > at_first * MOSTLY
        except OSError:  # the node has ended
            continue
    return in_vain


def longest(asking: socket.socket) -> int:
    """The packets in the longer one of the two queues."""
    bodies = (body for received in dump(asking, GET_TABLES, bytes(4)) for _, body in messages(received))
    return max(map(_length, bodies), default=0)


def _length(body: bytes) -> int:
    found = dict(attributes(body[4:])).get(CONFIGURATION, b"")
    return struct.unpack_from("=I", found, LENGTH_AT)[0] if len(found) >= LENGTH_AT + 4 else 0


def _drop(pid: int) -> None:
    """Make an interface and remove it. Nobody knows its name before, so nobody can have taken it.

    It has a socket of its own, because the kernel's refusals arrive there.
    """
    head = bytes(16) + attribute(NAME, f"q{secrets.token_hex(6)}".encode() + b"\0")
    with kernel_socket(pid) as changing:
        send(changing, NEW_LINK, head + attribute(INFORMATION, attribute(KIND, b"veth\0")), CREATE)
        send(changing, DELETE_LINK, head)
