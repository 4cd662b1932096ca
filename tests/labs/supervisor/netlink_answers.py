"""Netlink messages as the kernel answers, for the tests of what reads them."""

import struct

NUMBER = 77  # of each dump


def message(kind, body, number=NUMBER):
    packed = struct.pack("=IHHII", 16 + len(body), kind, 2, number, 0) + body
    return packed + bytes(-len(packed) % 4)


DONE = message(3, bytes(4))
