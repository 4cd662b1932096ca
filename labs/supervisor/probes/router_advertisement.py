"""ICMPv6 router advertisements (RFC 4861, 4.2): the ask that solicits them, and a parser that reads them as a host does.

Any node on the link may send one, so they are hostile.
"""

import asyncio
import contextlib
import errno
import ipaddress
import socket
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from labs.supervisor import probe_marks, syscalls
from labs.supervisor.asks import Answer, NoAnswer, answers
from labs.supervisor.node import NodeSpace

HEADER = 16  # bytes
TYPE = 134
HOPS_OF_THIS_LINK = 255  # no router has forwarded it
AGAIN = 0.1  # seconds between two tries to solicit advertisements
PREFIX, MTU, RDNSS, PREF64 = 3, 5, 25, 38  # options
PREF64_LENGTHS = {0: 96, 1: 64, 2: 56, 3: 48, 4: 40, 5: 32}  # RFC 8781, 4
PREFERENCES = {0: "medium", 1: "high", 3: "low", 2: "reserved"}  # RFC 4191, 2.1


class Malformed(ValueError):
    """A host discards this advertisement (RFC 4861, 6.1.2)."""


@answers("ra")
async def _router_advertisements(space: NodeSpace, ask: Mapping[str, Any], _: object) -> Answer:
    """Solicit router advertisements on an interface (RFC 4861) and collect those that come."""
    name, seconds = str(ask["interface"]), float(ask.get("seconds", 2.0))
    heard = syscalls.node_socket(space.pid, socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    loop = asyncio.get_running_loop()
    found: dict[str, dict[str, Any]] = {}
    with heard:
        with syscalls.network_of(space.pid):
            try:
                index = socket.if_nametoindex(name)
            except OSError:
                raise NoAnswer("refused", f"{space.name} has no interface {name}.") from None
        everyone = socket.inet_pton(socket.AF_INET6, "ff02::1") + struct.pack("@I", index)
        heard.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, everyone)
        heard.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, HOPS_OF_THIS_LINK)
        heard.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        heard.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
        try:
            async with asyncio.timeout(seconds):
                asked = False
                while len(found) < 32:
                    asked = asked or _solicit(heard, index)
                    if not await _readable(loop, heard, None if asked else AGAIN):
                        continue
                    packet, ancillary, _flags, sender = heard.recvmsg(2048, 64)
                    with contextlib.suppress(Malformed):
                        said = parse(packet, sender[0].split("%")[0], ancillary)
                        if is_accepted(said):
                            found[said["source"]] = said
        except TimeoutError:
            pass
        except OSError as error:
            raise NoAnswer("refused", f"{name} of {space.name}: {error.strerror}.") from None
    return {"advertisements": list(found.values())}


def _solicit(sock: socket.socket, index: int) -> bool:
    """Send a router solicitation.

    Returns False while the address of this host is still checked for duplicates (RFC 4862): then it can only listen.
    """
    try:
        sock.sendto(bytes([133, 0, 0, 0, 0, 0, 0, 0]) + probe_marks.NONCE_OPTION, ("ff02::2", 0, 0, index))
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            return False
        raise
    return True


async def _readable(loop: asyncio.AbstractEventLoop, sock: socket.socket, seconds: float | None) -> bool:
    """Wait at most this long until there is something to read; False if there is nothing."""
    ready = asyncio.Event()
    loop.add_reader(sock, ready.set)
    try:
        async with asyncio.timeout(seconds):
            await ready.wait()
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(sock)
    return True


def is_accepted(advertisement: Mapping[str, Any]) -> bool:
    """Whether a host accepts an advertisement (RFC 4861, 6.1.2): it comes from a link-local address, and from this link.

    A router that has no link-local address yet sends its first advertisements from another one, and hosts ignore them.
    """
    return (
        ipaddress.IPv6Address(advertisement["source"]).is_link_local
        and advertisement["received_hop_limit"] == HOPS_OF_THIS_LINK
    )


def parse(packet: bytes, source: str, ancillary: list[tuple[int, int, bytes]]) -> dict[str, Any]:
    """An advertisement with its prefixes, MTU, RDNSS (RFC 8106), PREF64 (RFC 8781) and preference (RFC 4191).

    ANCILLARY is what recvmsg(2) returned with it. An option whose content has the wrong length is ignored, as a host ignores it.
    Raises Malformed.
    """
    if len(packet) < HEADER or packet[0] != TYPE:
        raise Malformed("This is not a router advertisement.")
    flags = packet[5]
    found: dict[str, Any] = {
        "source": source,
        "hop_limit": packet[4],
        "managed": bool(flags & 0x80),
        "other": bool(flags & 0x40),
        "preference": PREFERENCES[flags >> 3 & 3],
        "lifetime": struct.unpack_from("!H", packet, 6)[0],
        "prefixes": [],
        "mtu": None,
        "rdnss": [],
        "pref64": [],
        "received_hop_limit": next(
            (
                struct.unpack("@i", value)[0]
                for level, kind, value in ancillary
                if (level, kind, len(value)) == (socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT, struct.calcsize("@i"))
            ),
            None,
        ),
    }
    for kind, option in _options(packet):
        if kind == PREFIX and len(option) == 32:
            found["prefixes"].append(_prefix(option))
        elif kind == MTU and len(option) == 8:
            found["mtu"] = struct.unpack_from("!I", option, 4)[0]
        elif kind == RDNSS and len(option) >= 24 and len(option) % 16 == 8:
            found["rdnss"] += [str(ipaddress.IPv6Address(option[i : i + 16])) for i in range(8, len(option), 16)]
        elif kind == PREF64 and len(option) == 16 and (plc := option[3] & 7) in PREF64_LENGTHS:
            found["pref64"].append(f"{ipaddress.IPv6Address(option[4:16] + bytes(4))}/{PREF64_LENGTHS[plc]}")
    return found


def _options(packet: bytes) -> Iterator[tuple[int, bytes]]:
    at = HEADER
    while at < len(packet):
        if len(packet) - at < 2 or packet[at + 1] == 0 or len(packet) - at < packet[at + 1] * 8:
            raise Malformed("An option has no length, or is longer than the packet.")
        length = packet[at + 1] * 8
        yield packet[at], packet[at : at + length]
        at += length


def _prefix(option: bytes) -> dict[str, Any]:
    valid, preferred = struct.unpack_from("!II", option, 4)
    return {
        "prefix": str(ipaddress.IPv6Address(option[16:32])),
        "length": option[2],
        "on_link": bool(option[3] & 0x80),
        "autonomous": bool(option[3] & 0x40),
        "valid": valid,
        "preferred": preferred,
    }
