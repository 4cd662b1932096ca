"""The marks by which packets of checks are known in a capture: probes carry them, so that nobody has to guess.

A probe over TCP or UDP has a source port that the kernel gives to no other program (it takes 32768 to 60999); all others carry
MARK in their data. Answers repeat both. A learner can send such packets too, and then hides only packets of their own.
"""

import errno
import os
import random
import socket
import struct
from collections.abc import Iterator

MARK = b"\xf0vaka\x01"
PORTS = range(61_440, 62_464)
TRIES = 32
SEARCHED = 256  # bytes of a packet in which the mark is looked for
NONCE_OPTION = bytes([14, 1]) + MARK  # of neighbour discovery (RFC 3971, 5.3.2): receivers ignore what they do not know
# Of a capture file (pcap-savefile(5)), and of Ethernet
HEAD, RECORD, ETHERNET, VLANS, LINK_AT = 24, 16, 1, {0x8100, 0x88A8}, 20
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
ERRORS = {ICMP: {3, 11, 12}, ICMP6: {1, 2, 3, 4}}  # they quote the packet that they are about
QUOTED = 2  # levels


def nonce() -> bytes:
    """Return 16 bytes that nobody can guess, with the mark."""
    return MARK + os.urandom(16 - len(MARK))


def bind(made: socket.socket, address: str = "") -> None:
    """Bind the socket of a probe to a port of ours; to any port if none of them is free. Raises OSError for the address."""
    for port in random.sample(PORTS, TRIES):
        try:
            made.bind((address, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return
    made.bind((address, 0))


def marked(file: bytes) -> list[bool]:
    """Return, for each packet of a capture file, whether it belongs to a check. The packets are hostile."""
    link = struct.unpack_from("=I", file, LINK_AT)[0] if len(file) >= HEAD else 0
    return [
        MARK in packet[:SEARCHED] or _has_port(_after_ethernet(packet) if link == ETHERNET else packet)
        for packet in _packets(file)
    ]


def _packets(file: bytes) -> Iterator[bytes]:
    at = HEAD
    while len(file) - at >= RECORD:
        length = struct.unpack_from("=8xI", file, at)[0]
        yield file[at + RECORD : at + RECORD + length]
        at += RECORD + length


def _after_ethernet(frame: bytes) -> bytes:
    at = 14
    while len(frame) >= at and int.from_bytes(frame[at - 2 : at]) in VLANS:
        at += 4
    return frame[at:]


def _has_port(packet: bytes, level: int = 0) -> bool:
    """Whether the IP packet, or the one that an error quotes, has one of our ports."""
    version = packet[0] >> 4 if packet else 0
    if version == 6 and len(packet) >= 40:
        protocol, inner = packet[6], packet[40:]
    elif version == 4 and len(packet) >= 20:
        protocol, inner = packet[9], packet[(packet[0] & 15) * 4 :]
    else:
        return False
    if protocol in (TCP, UDP) and len(inner) >= 4:
        return any(port in PORTS for port in struct.unpack_from("!HH", inner))
    is_error = bool(inner) and inner[0] in ERRORS.get(protocol, ())
    return is_error and level < QUOTED and _has_port(inner[8:], level + 1)
