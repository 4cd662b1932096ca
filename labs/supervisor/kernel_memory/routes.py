"""Weigh routes whose messages are long: with many next hops, or with a list of segments (RFC 8754). Nobody is charged for these.

Measured on Linux 6.18: 600 IPv4 routes with 2,000 next hops each held 182 MB, 80,000 with 127 segments 333 MB.
"""

import socket
import struct

from labs.supervisor.netlink import dump, messages

GET_ROUTE, NEW_ROUTE = 26, 24
# Bytes of a route with one next hop or two. A route of IPv6 is counted by files (weighing.ROUTE6)
SHORT, ROUTE4 = 160, 768
# Bytes of memory for each byte of a longer message. The kernel tells of an IPv4 next hop in 8 bytes, and keeps 150 of it
OF_MESSAGE = {socket.AF_INET: 20, socket.AF_INET6: 2}


def weigh(asking: socket.socket, most: int) -> int:
    """The bytes of IPv4 routes, and of long messages of IPv6 routes, at least up to a little above MOST."""
    held = 0
    for family, of_message in OF_MESSAGE.items():
        for received in dump(asking, GET_ROUTE, struct.pack("=B11x", family)):
            for kind, body in messages(received):
                if kind == NEW_ROUTE:
                    short = ROUTE4 if family == socket.AF_INET else 0
                    held += short if len(body) <= SHORT else of_message * len(body)
            if held > most:
                return held
    return held
