"""Echo requests from a node, over a raw socket of its network: who answers them, and what is reported about them.

The ask "ping" is in ``reachability``. A check sends many. A process of ping for each would cost fifty times as much CPU.
"""

import asyncio
import errno
import ipaddress
import itertools
import os
import socket
import struct
import time
from dataclasses import dataclass, field

from labs.engine.shared import pace
from labs.supervisor import syscalls
from labs.supervisor.node import NodeSpace
from labs.supervisor.probes import icmp

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
    sent_at: dict[int, float] = field(default_factory=dict)  # by sequence number, by the clock of this server
    reported: dict[int, Report] = field(default_factory=dict)
    kept: set[int] = field(default_factory=set)  # those that the node itself did not let out
    slowest: float = 0.0  # seconds

    def recovery(self, steady: float) -> tuple[float | None, float | None]:
        """Return from when on the path has worked, for ``steady`` seconds at least, and when the request before was sent.

        Both in seconds since the first request; None if it has not worked for so long, or there was no request before. A reply
        says that the path worked when its request was sent, however late the reply comes.
        """
        start, begun = 1, self.sent_at.get(1, 0.0)
        for number in range(1, self.sent + 1):
            if number not in self.answered:
                start = number + 1
            elif self.sent_at[number] - self.sent_at[start] >= steady:
                return self.sent_at[start] - begun, self.sent_at[start - 1] - begun if start > 1 else None
        return None, self.sent_at[self.sent] - begun if self.sent else None

    def settled(self, count: int) -> bool:
        return len(self.answered.keys() | self.reported.keys() | self.kept) >= count


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """The requests to send. ``hops``: their hop limit. ``whole``: never in fragments, whatever path MTU the kernel remembers.

    ``until``: for so many seconds requests are sent, whatever ``count`` is, until the path has worked for ``steady`` seconds.
    """

    target: Address
    source: Address | None = None
    count: int = 1
    interval: float = 0.2  # seconds
    wait: float = WAIT  # seconds for replies after the last request
    until: float = 0.0
    steady: float = 0.0
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
            if not found.refused or requests.until:
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

    async def send_all(self) -> None:
        end = time.monotonic() + self._requests.until + self._requests.steady
        for sequence in itertools.count(1):
            packet = icmp.request(self._version, self._identifier, sequence, self._requests.data)
            self._found.sent_at[sequence] = time.monotonic()
            try:
                self._made.sendto(packet, self._where)
                self._found.refused = ""
            except OSError as error:
                if error.errno not in LOST_ON_SENDING and (sequence == 1 or self._requests.until):
                    self._found.refused = error.strerror or str(error)
                    if not self._requests.until:  # otherwise there may be a route later
                        return
                self._found.kept.add(sequence)
            self._found.sent = sequence
            if self._is_over(end):
                return
            await asyncio.sleep(self._requests.interval)
            if self._is_over(end):  # the answer came meanwhile
                return

    def _is_over(self, end: float) -> bool:
        """Whether no further request is needed, or there is no time for it."""
        return self._found.sent >= self._requests.count and (self._is_done() or time.monotonic() >= end)

    def patience(self) -> float:
        """Return the seconds to wait for what is still missing, as ping does: less when other replies came fast."""
        if self._is_done():
            return 0.0
        if not self._found.answered:
            return self._requests.wait
        return min(self._requests.wait, max(2 * self._found.slowest, self._requests.interval, LINGER))

    def _is_done(self) -> bool:
        if self._requests.until:
            return self._found.recovery(self._requests.steady)[0] is not None
        return self._found.settled(self._requests.count)

    async def read(self) -> None:
        loop, found = asyncio.get_running_loop(), self._found
        for _ in range(MOST_READ):
            packet, sender = await loop.sock_recvfrom(self._made, 2048)
            reply = icmp.reply_to(self._version, packet, self._identifier, self._requests.data)
            if reply is None or reply.sequence not in found.sent_at:
                continue
            by = sender[0].partition("%")[0]
            if reply.error:
                found.reported.setdefault(reply.sequence, Report(by, reply.error, reply.mtu))
            elif reply.sequence not in found.answered:
                found.answered[reply.sequence] = by
                found.slowest = max(found.slowest, time.monotonic() - found.sent_at[reply.sequence])
            if self._is_done():
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
