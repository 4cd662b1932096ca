"""Echo requests from a node, over a raw socket of its network: who answers them, and what is reported about them.

A check sends many. A process of ping for each would cost fifty times as much CPU.
"""

import asyncio
import errno
import ipaddress
import os
import socket
import struct
import time
from dataclasses import dataclass, field

from labs.engine.shared import pace
from labs.supervisor import icmp, syscalls
from labs.supervisor.node import NodeSpace

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address

DATA = 56  # bytes of each request, as ping sends
MOST_READ = 4096  # messages that are read for one ask, so that a flood does not keep the supervisor busy
WAIT = pace.seconds(1.0)  # for replies
LINGER = pace.seconds(0.5)  # at least, for the last reply after others have come
ICMP6_FILTER, SOL_RAW, ICMP_FILTER = 1, 255, 1  # not in the module socket
OPTIONS = {  # by version: level, hop limit, and the option IP_MTU_DISCOVER or IPV6_MTU_DISCOVER (ip(7), ipv6(7))
    4: (socket.IPPROTO_IP, socket.IP_TTL, 10),
    6: (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 23),
}
PROBE = 3
LOST_ON_SENDING = {errno.EPERM, errno.ENOBUFS, errno.EMSGSIZE}  # the node's own filter, queue or MTU took the packet


@dataclass(frozen=True, slots=True)
class Report:
    """An error that a node on the path reported. ``mtu`` is 0 unless a packet was too big."""

    by: str
    what: str
    mtu: int


@dataclass(slots=True)
class Echoes:
    """The fate of the requests. ``refused``: why the kernel could send none, in its words."""

    sent: int = 0
    refused: str = ""
    answered: dict[int, str] = field(default_factory=dict)  # by sequence number, from 1
    reported: dict[int, Report] = field(default_factory=dict)
    kept: set[int] = field(default_factory=set)  # those that the node itself did not let out
    slowest: float = 0.0  # seconds

    def settled(self, count: int) -> bool:
        return len(self.answered.keys() | self.reported.keys() | self.kept) >= count


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """The requests to send. ``hops``: their hop limit. ``whole``: never in fragments, whatever path MTU the kernel remembers."""

    target: Address
    source: Address | None = None
    count: int = 1
    interval: float = 0.2  # seconds
    wait: float = WAIT  # seconds for replies after the last request
    hops: int | None = None
    whole: bool = False
    data: bytes


def data_of(nonce: bytes, size: int = DATA) -> bytes:
    """Data of this size that repeat the nonce."""
    return (nonce * (size // len(nonce) + 1))[:size]


async def send(space: NodeSpace, requests: Requests) -> Echoes:
    """Send the requests, and wait until each of them is answered or the time is over. Raises OSError if no socket works."""
    found = Echoes()
    with _socket(space, requests) as made:
        try:
            where = _where(space, requests.target)
            if requests.source is not None:
                made.bind((str(requests.source), 0))
        except OSError as error:
            found.refused = error.strerror or str(error)
            return found
        sending = _Sending(made, where, requests, found)
        reading = asyncio.create_task(sending.read())
        try:
            await sending.send_all()
            if not found.refused:
                await asyncio.wait({reading}, timeout=sending.patience())
        finally:
            reading.cancel()
            await asyncio.wait({reading})  # it lets go of the socket before that is closed
        if not reading.cancelled():
            reading.result()
    return found


class _Sending:
    """The requests of one ask, on their socket."""

    def __init__(self, made: socket.socket, where: tuple[str | int, ...], requests: Requests, found: Echoes) -> None:
        self._made, self._where, self._requests, self._found = made, where, requests, found
        self._version = requests.target.version
        self._identifier = int.from_bytes(os.urandom(2))
        self._sent_at: dict[int, float] = {}

    async def send_all(self) -> None:
        for sequence in range(1, self._requests.count + 1):
            if sequence > 1:
                await asyncio.sleep(self._requests.interval)
            packet = icmp.request(self._version, self._identifier, sequence, self._requests.data)
            self._sent_at[sequence] = time.monotonic()
            try:
                self._made.sendto(packet, self._where)
            except OSError as error:
                if sequence == 1 and error.errno not in LOST_ON_SENDING:
                    self._found.refused = error.strerror or str(error)
                    return
                self._found.kept.add(sequence)
            self._found.sent = sequence

    def patience(self) -> float:
        """Return the seconds to wait for what is still missing, as ping does: less when other replies came fast."""
        if self._found.settled(self._requests.count):
            return 0.0
        if not self._found.answered:
            return self._requests.wait
        return min(self._requests.wait, max(2 * self._found.slowest, self._requests.interval, LINGER))

    async def read(self) -> None:
        loop, found = asyncio.get_running_loop(), self._found
        for _ in range(MOST_READ):
            packet, sender = await loop.sock_recvfrom(self._made, 2048)
            reply = icmp.reply_to(self._version, packet, self._identifier, self._requests.data)
            if reply is None or reply.sequence not in self._sent_at:
                continue
            by = sender[0].partition("%")[0]
            if reply.error:
                found.reported.setdefault(reply.sequence, Report(by, reply.error, reply.mtu))
            elif reply.sequence not in found.answered:
                found.answered[reply.sequence] = by
                found.slowest = max(found.slowest, time.monotonic() - self._sent_at[reply.sequence])
            if found.settled(self._requests.count):
                return


def _where(space: NodeSpace, target: Address) -> tuple[str | int, ...]:
    """The target as an address of a socket. A link-local target may name its interface: fe80::1%eth0. Raises OSError."""
    if isinstance(target, ipaddress.IPv4Address):
        return str(target), 0
    with syscalls.network_of(space.pid):
        index = socket.if_nametoindex(target.scope_id) if target.scope_id else 0
    return str(target).partition("%")[0], 0, 0, index


def _socket(space: NodeSpace, requests: Requests) -> socket.socket:
    """A socket that receives replies and errors only. Raises OSError."""
    version = requests.target.version
    family, protocol = (
        (socket.AF_INET6, socket.IPPROTO_ICMPV6) if version == 6 else (socket.AF_INET, socket.IPPROTO_ICMP)
    )
    made = syscalls.node_socket(space.pid, family, socket.SOCK_RAW, protocol)
    try:
        wanted = [icmp.REPLY[version], *icmp.ERRORS[version]]
        if version == 6:
            made.setsockopt(protocol, ICMP6_FILTER, blocking(wanted, 256))
        else:
            made.setsockopt(SOL_RAW, ICMP_FILTER, blocking(wanted, 32))
        level, limit, discover = OPTIONS[version]
        if requests.hops is not None:
            made.setsockopt(level, limit, requests.hops)
        if requests.whole:
            made.setsockopt(level, discover, PROBE)
    except BaseException:
        made.close()
        raise
    return made


def blocking(wanted: list[int], types: int) -> bytes:
    """A filter for raw sockets (icmp6(7), raw(7)): a bit for each of so many types, set for those that are not wanted."""
    bits = (1 << types) - 1
    for kind in wanted:
        bits &= ~(1 << kind)
    return struct.pack(f"={types // 32}I", *(bits >> at & 0xFFFFFFFF for at in range(0, types, 32)))
