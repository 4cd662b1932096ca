"""Questions that send test traffic from a node, or count traffic: forged packets, rogue advertisements, paced streams, packets of
growing size, and captures. A nonce shows what arrived elsewhere. Bounded in bytes and time.
"""

import asyncio
import ipaddress
import os
import re
import socket
import struct
import time
from collections.abc import Callable, Mapping
from typing import Any

from labs.engine.shared import pace
from labs.supervisor import captures, probe_marks, syscalls
from labs.supervisor.asks import Answer, NoAnswer, answers, run_unless_known
from labs.supervisor.node import NodeSpace
from labs.supervisor.probes import ping
from labs.supervisor.probes.icmp import internet_checksum
from labs.supervisor.remembered_answers import RULE_SET

Spaces = Callable[[str], NodeSpace]
MOST_PACKETS = 2000
MOST_COUNTED = 100  # packets that a capture counts
WAIT = pace.seconds(0.5)  # until the last packet must have arrived
INTERFACE = re.compile(r"[a-z][a-z0-9._-]{0,14}")


def _listener(space: NodeSpace, version: int, port: int) -> socket.socket:
    """A UDP socket on a port of a node; port 0 takes a free one, so that the node's own services are not disturbed."""
    made = syscalls.node_socket(space.pid, socket.AF_INET6 if version == 6 else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        made.bind(("::" if version == 6 else "0.0.0.0", port))  # noqa: S104 — in the node's own network
    except OSError as error:
        made.close()
        raise NoAnswer("refused", f"Port {port} of {space.name}: {error.strerror}.") from None  # a program holds it
    return made


def _heard(listener: socket.socket, nonce: bytes) -> tuple[int, int]:
    """Count the packets with our nonce that have come, and their bytes. The number of packets that are read is limited."""
    packets = size = 0
    for data in syscalls.waiting(listener, 2 * MOST_PACKETS, 65_536):
        if data.startswith(nonce):
            packets, size = packets + 1, size + len(data)
    return packets, size


@answers("spoof")
async def _spoof(space: NodeSpace, ask: Mapping[str, Any], space_of: Spaces) -> Answer:
    """Send three datagrams with a forged source and three with the node's own, and count how many of each arrive."""
    target, forged = ipaddress.ip_address(ask["dst"]), ipaddress.ip_address(ask["source"])
    if target.version != forged.version:
        raise NoAnswer("unreachable", "The forged source and the target are of different families.")
    family = socket.AF_INET6 if target.version == 6 else socket.AF_INET
    false, true = probe_marks.nonce(), probe_marks.nonce()
    with _listener(space_of(ask["to"]), target.version, 0) as listener:
        port = listener.getsockname()[1]
        sender = syscalls.node_socket(space.pid, family, socket.SOCK_RAW, socket.IPPROTO_RAW)
        honest = syscalls.node_socket(space.pid, family, socket.SOCK_DGRAM)
        with sender, honest:
            try:
                probe_marks.bind(honest)
                for _ in range(3):
                    honest.sendto(true, (str(target), port))
                    sender.sendto(udp_datagram(forged, target, port, false), (str(target), 0))
                    await asyncio.sleep(0.05)  # the first datagram may wait for neighbour discovery
            except OSError as error:
                raise NoAnswer("refused", f"{space.name} cannot send: {error.strerror}.") from None
            await asyncio.sleep(WAIT)
        came = list(syscalls.waiting(listener, MOST_PACKETS))
    return {"forged": came.count(false), "honest": came.count(true), "sent": 3}


type Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


def udp_datagram(source: Ip, target: Ip, port: int, data: bytes) -> bytes:
    """An IP packet with a UDP datagram. The kernel fills in an IPv4 header's checksum (raw(7))."""
    length = 8 + len(data)
    without = struct.pack("!HHHH", 50_000, port, length, 0) + data
    # The pseudo-header's fields are wider for IPv6 (RFC 8200, 8.1). The sum over them is the same.
    checksum = internet_checksum(source.packed + target.packed + struct.pack("!II", length, 17) + without) or 0xFFFF
    udp = struct.pack("!HHHH", 50_000, port, length, checksum) + data
    if source.version == 6:
        return struct.pack("!IHBB", 6 << 28, length, 17, 64) + source.packed + target.packed + udp
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 0, 0, 64, 17, 0) + source.packed + target.packed + udp


@answers("rogue")
async def _rogue(space: NodeSpace, ask: Mapping[str, Any], space_of: Spaces) -> Answer:
    """Send what only a router or a DHCPv6 server should send, from a host's port, and say whether it reached another node.

    The packet has a nonce and does no harm: it is an advertisement without lifetime whose prefix nobody may use, or a DHCPv6
    ADVERTISE for a transaction that nobody began. ``honest`` counts echo requests that took the same path.
    """
    name, there = str(ask["interface"]), str(ask["at"])
    if not INTERFACE.fullmatch(name) or not INTERFACE.fullmatch(there):
        raise NoAnswer("unreachable", "This is not a valid name of an interface.")
    nonce, echo = os.urandom(8), probe_marks.nonce()
    victim = space_of(ask["to"])
    with (
        syscalls.node_socket(victim.pid, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x86DD)) as heard,
        syscalls.node_socket(space.pid, socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as sender,
        syscalls.node_socket(space.pid, socket.AF_INET6, socket.SOCK_DGRAM) as datagrams,
    ):
        try:
            heard.bind((there, 0))
        except OSError as error:
            raise NoAnswer("refused", f"{there} of {victim.name}: {error.strerror}.") from None
        try:
            with syscalls.network_of(space.pid):
                index = socket.if_nametoindex(name)
            sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
            for _ in range(2):
                request = bytes([128, 0, 0, 0]) + echo[:4] + echo
                sender.sendto(request, ("ff02::1", 0, 0, index))
                if ask["kind"] == "ra":
                    sender.sendto(harmless_advertisement(nonce), ("ff02::1", 0, 0, index))
                else:
                    advertise = (
                        bytes([2])
                        + nonce[:3]
                        + struct.pack("!HH", 2, 8 + len(probe_marks.MARK))
                        + nonce
                        + probe_marks.MARK
                    )
                    source = _bound(datagrams, index)
                    source.sendto(advertise, ("ff02::1", 546, 0, index))
                await asyncio.sleep(0.1)
        except OSError as error:
            raise NoAnswer("refused", f"{name} of {space.name}: {error.strerror}.") from None
        await asyncio.sleep(WAIT)
        came = list(syscalls.waiting(heard, MOST_PACKETS))
    return {"arrived": sum(nonce in packet for packet in came), "honest": sum(echo in packet for packet in came)}


def _bound(made: socket.socket, index: int) -> socket.socket:
    """Bind the socket to the port of a DHCPv6 server, or to a free port if that one is taken."""
    if not made.getsockname()[1]:
        try:
            made.bind(("::", 547))
        except OSError:
            made.bind(("::", 0))
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    return made


def harmless_advertisement(nonce: bytes) -> bytes:
    """A router advertisement with lifetime 0 and a prefix without flags and lifetime. The prefix contains the nonce."""
    prefix = b"\x20\x01\x0d\xb8" + nonce + bytes(4)
    option = bytes([3, 4, 96, 0]) + struct.pack("!III", 0, 0, 0) + prefix
    return bytes([134, 0, 0, 0, 0, 0, 0, 0]) + bytes(8) + option + probe_marks.NONCE_OPTION


@answers("stream")
async def _stream(space: NodeSpace, ask: Mapping[str, Any], space_of: Spaces) -> Answer:
    """Send datagrams at a steady pace from one node to another, and measure how many arrive and the rate in the second half.

    A rate limit lets a burst pass first, so the first half does not show the rate.
    """
    target, size = ipaddress.ip_address(ask["dst"]), int(ask["size"])
    seconds = min(float(ask["seconds"]), 5.0)
    count = min(int(int(ask["kbit"]) * 1000 * seconds / 8 / size) or 1, MOST_PACKETS)
    nonce = probe_marks.nonce()
    packet = nonce.ljust(max(16, min(size, 1400)), b"\0")
    family = socket.AF_INET6 if target.version == 6 else socket.AF_INET
    with (
        _listener(space_of(ask["to"]), target.version, int(ask.get("port") or 0)) as listener,
        syscalls.node_socket(space.pid, family, socket.SOCK_DGRAM) as sender,
    ):
        probe_marks.bind(sender)
        port, sent, received, late = listener.getsockname()[1], 0, 0, 0
        began = half = time.monotonic()
        for number in range(count):
            due = began + seconds * number / count
            if (early := due - time.monotonic()) > 0.001:
                await asyncio.sleep(early)
            try:
                sender.sendto(packet, (str(target), port))
                sent += 1
            except OSError as error:
                if not sent and number > 3:
                    raise NoAnswer("refused", f"{space.name} cannot send: {error.strerror}.") from None
            more = _heard(listener, nonce)
            received += more[0]
            if number <= count // 2:
                half = time.monotonic()
            else:
                late += more[1]
        took = time.monotonic() - half
        until = time.monotonic() + WAIT * 2
        while received < sent and time.monotonic() < until:
            await asyncio.sleep(0.05)
            received += _heard(listener, nonce)[0]
    return {"sent": sent, "received": received, "kbit": round(late * 8 / 1000 / max(took, 0.01), 1)}


@answers("mtu")
async def _mtu(space: NodeSpace, ask: Mapping[str, Any], _: Spaces) -> Answer:
    """The largest packet that an address answers, and who reported that a larger one is too big (RFC 8201).

    Sizes are tried in parallel: first in steps of 20 bytes, then each size in the gap. That takes two round trips.
    """
    target = ipaddress.ip_address(ask["dst"])
    header = 48 if target.version == 6 else 28
    least, most = (1280, 1500) if target.version == 6 else (576, 1500)
    reports: set[ping.Report] = set()
    largest = 0
    for step in (20, 1):
        sizes = range(least, most + 1, step) if step > 1 else range(largest + 1, min(largest + 20, most + 1))
        tried = await asyncio.gather(*(_try(space, target, size - header) for size in sizes))
        for size, found in zip(sizes, tried, strict=True):
            largest = max(largest, size) if found.answered else largest
            reports.update(report for report in found.reported.values() if report.mtu)
        if not largest:
            break
    told, said = {report.mtu for report in reports}, {report.by for report in reports}
    return {"mtu": largest or None, "told": sorted(told)[:8], "by": sorted(said)[:8]}


async def _try(space: NodeSpace, target: Any, size: int) -> ping.Echoes:
    """Send one echo request of this size, without fragments and ignoring the path MTU that the kernel remembers."""
    data = ping.data_of(probe_marks.nonce(), size)
    return await ping.send(space, ping.Requests(target=target, whole=True, data=data))


@answers("capture")
async def _capture(space: NodeSpace, ask: Mapping[str, Any], _: Spaces) -> Answer:
    """Count the packets on an interface that match a tcpdump filter within some seconds, and the first of them as text.

    It ends early with ``most`` packets.
    """
    name = str(ask["interface"])
    if not INTERFACE.fullmatch(name):
        raise NoAnswer("unreachable", "This is not a valid name of an interface.")
    try:
        heard = await captures.count(
            space,
            name,
            str(ask["filter"]),
            min(float(ask["seconds"]), 8.0),
            min(int(ask.get("most", MOST_COUNTED)), MOST_COUNTED),
            readable=ask.get("lines") is not False,
        )
    except captures.CaptureError as error:
        raise NoAnswer("refused", str(error)) from None
    return {"count": min(heard.packets, MOST_COUNTED), "first": heard.lines[:8]}


@answers("nft")
async def _nft(space: NodeSpace, ask: Mapping[str, Any], _: Spaces) -> Answer:
    """The node's nft ruleset with its counters."""
    status, output, errors = await run_unless_known(space, *RULE_SET)
    if status:
        raise NoAnswer("refused", errors.decode(errors="replace").strip()[:300])
    return {"text": output.decode(errors="replace")}
