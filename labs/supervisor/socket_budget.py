"""A budget for kernel memory that no cgroup counts: rings, queues and memberships of packet, raw and netlink sockets.

Without the budget, a lab of 192 MB could hold gigabytes of the host's memory. A seccomp filter (``seccomp.socket_filter``) sends
each such call here, to the process that waits for the supervisor. That process has no filter itself, and no node can reach it. It
reads a size once and sets it on a copy of the descriptor, so a caller that changes the size meanwhile changes nothing.
"""

import contextlib
import errno
import fcntl
import os
import re
import select
import socket
import struct
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from labs.engine.shared import pace
from labs.engine.shared.features import GENERIC_NETLINK
from labs.supervisor import seccomp, syscalls
from labs.supervisor.children import hand_on_the_end
from labs.supervisor.network_files import plain, unix_sockets
from labs.supervisor.time_slices import shorten_time_slices

RINGS = 24 << 20  # bytes of all rings of a lab; tcpdump takes 2 MB, or less if it must
RINGS_OF_NODES = 22 << 20  # of nodes; the rest is for captures
SOCKETS, SOCKETS_OF_NODE = 64, 16  # shared by all, and reserved for each node in addition
# Of generic netlink, in the container's own network. dhcpcd has one, and a program that asks has one for a moment
GENERIC_OF_NODE, GENERIC_QUEUE = 4, 16_384  # bytes that may wait in one; an answer of up to 32 KB always passes
STREAMS, STREAMS_OF_NODE = 256, 16  # of TCP, with cgroup v1: each holds 64 KB beyond any limit
RINGS_A_SECOND = 40  # of one node
# Addresses that a packet socket listens to (packet(7)), 0.2 KB each. isisd listens to four, tcpdump is promiscuous
MEMBERSHIPS = 16
MANY_MEMBERS = 1024  # packet sockets with memberships, at which those that are closed are forgotten
QUEUE = 212_992  # bytes that may wait in one such socket: the kernel's default
RECOUNT = 0.01  # seconds between two counts while the budget is used up
WAIT = pace.seconds(0.5)  # until the kernel has freed closed sockets

RECEIVE, SEND, STILL_WAITS, HAND_OVER = 0xC0502100, 0xC0182101, 0x40082102, 0x40182103  # seccomp_unotify(2)
REQUEST, RESPONSE, HANDED = struct.Struct("=QIIiIQ6Q"), struct.Struct("=QqiI"), struct.Struct("=QIIII")
GO_ON, AND_ANSWER = 1, 2
MEMBERSHIP_CALLS = (seccomp.PACKET_ADD_MEMBERSHIP, seccomp.PACKET_DROP_MEMBERSHIP)
SHORTEST, LONGEST = 16, 28  # bytes of a tpacket_req or a packet_mreq, and of a tpacket_req3
LONGEST_ADDRESS = 40  # bytes of a packet_mreq with the longest address
MREQ = struct.Struct("=iHH")  # a packet_mreq before the address: interface, type, length of the address


class Refused(Exception):
    """The call is refused, with this errno."""


class Full(Refused):
    """The budget of sockets is used up at this moment; the kernel may not have freed closed ones yet."""


@dataclass
class Budget:
    """The lab's use of each resource. PROCESSES is an open /proc. GENERIC: nodes have generic netlink."""

    processes: int
    generic: bool = False
    rings: dict[tuple[int, int], int] = field(default_factory=dict)  # bytes, by inode and option
    memberships: dict[int, Counter[bytes]] = field(default_factory=dict)  # by the inode of a packet socket
    sockets: int = 0  # as counted last, plus those granted since
    streams: int = 0
    networks: int = 0
    second: int = 0
    made: dict[int, int] = field(default_factory=dict)  # rings in this second, by the user namespace of a node
    # Sockets by the network of a node: as counted last, plus those granted since
    held: dict[int, int] = field(default_factory=dict)
    lent: dict[int, int] = field(default_factory=dict)  # sockets of generic netlink: the node's network, by inode
    # It keeps each of these until its last descriptor is closed (epoll(7)). No list of the kernel has one that never sent
    opened: select.epoll = field(default_factory=select.epoll)
    looked: float = 0.0  # when those that are closed were forgotten
    full_since: float = 0.0  # when the last count found the budget used up

    def __post_init__(self) -> None:
        self.own = self._namespace("self", "user")

    def decide(
        self, thread: int, number: int, arguments: tuple[int, ...], check: Callable[[], None]
    ) -> bool | socket.socket:
        """Decide a call and carry it out; True if the kernel shall carry it out for the caller.

        The caller gets a socket that is returned. Raises Refused or OSError. CHECK raises OSError if the caller no longer waits.
        """
        descriptor, level, option = (argument & 0xFFFFFFFF for argument in arguments[:3])
        if number == syscalls.MACHINE.socket:
            kind = arguments[1] & seccomp.TYPE
            stream = descriptor in (socket.AF_INET, socket.AF_INET6) and kind == socket.SOCK_STREAM
            self._grant_socket(thread, stream)
            is_generic = descriptor == socket.AF_NETLINK and arguments[2] & 0xFFFFFFFF == seccomp.NETLINK_GENERIC
            if not is_generic or self.generic or self._is_ours(thread):
                return True
            return self._lend(thread, kind)
        membership = level == seccomp.SOL_PACKET and option in MEMBERSHIP_CALLS
        if level == seccomp.SOL_PACKET and not membership:
            self._must_not_hurry(thread)
        longest = LONGEST_ADDRESS if membership else LONGEST
        value = self._read(thread, arguments[3], min(arguments[4] & 0xFFFFFFFF, longest))
        with self._copied(thread, descriptor) as copy:
            check()
            if membership:
                self._set_membership(copy, option, value)
            elif level == seccomp.SOL_PACKET:
                self._set_ring(copy, option, value, thread)
            else:
                _set_queue(copy, option, value)
        return False

    # -- sockets

    def _grant_socket(self, thread: int, stream: bool) -> None:
        if self._is_full(stream):
            if time.monotonic() - self.full_since > RECOUNT:  # most granted sockets have been closed again
                self._count()
                if self._is_full(stream):
                    self.full_since = time.monotonic()
            if self._is_full(stream) and not self._is_ours(thread) and (stream or not self._has_its_own(thread)):
                raise Full(errno.ENOBUFS)
        if stream:
            self.streams += 1
        else:
            self.sockets += 1
            network = self._namespace(str(thread), "net")
            self.held[network] = self.held.get(network, 0) + 1

    def _lend(self, thread: int, kind: int) -> socket.socket:
        """Make a socket of generic netlink for a node. Neither count nor guard finds it, as it is not in the node's network."""
        node = self._namespace(str(thread), "net")
        if self._lent_to(node) >= GENERIC_OF_NODE and time.monotonic() - self.looked > RECOUNT:
            self.looked = time.monotonic()
            told = self._text(f"self/fdinfo/{self.opened.fileno()}")
            there = {int(inode, 16) for inode in re.findall(r"\bino:([0-9a-f]+)", told)}
            self.lent = {inode: one for inode, one in self.lent.items() if inode in there}
        if self._lent_to(node) >= GENERIC_OF_NODE:
            raise Full(errno.ENOBUFS)
        made = _without_rights(kind)
        self.opened.register(made, 0)
        self.lent[os.fstat(made.fileno()).st_ino] = node
        return made

    def _lent_to(self, node: int) -> int:
        return list(self.lent.values()).count(node)

    def _has_its_own(self, thread: int) -> bool:
        """Whether a node has not used up the sockets that are reserved for it."""
        return self.held.get(self._namespace(str(thread), "net"), 0) < SOCKETS_OF_NODE

    def _is_full(self, stream: bool) -> bool:
        if stream:
            return self.streams >= STREAMS + STREAMS_OF_NODE * self.networks
        return self.sockets >= SOCKETS + SOCKETS_OF_NODE * self.networks

    def _count(self) -> None:
        sockets = all_streams = 0
        held = {}
        networks = -1  # without the supervisor's own network
        for one in self._networks():
            uncharged, streams = _sockets(
                *(self._text(f"{one}/net/{name}") for name in ("sockstat", "sockstat6", "protocols"))
            )
            sockets += uncharged
            with contextlib.suppress(OSError):  # it has ended meanwhile
                held[self._namespace(one, "net")] = uncharged
            all_streams += streams
            networks += 1
        self.sockets, self.streams, self.held, self.networks = sockets, all_streams, held, networks

    # -- rings

    def _set_ring(self, copy: socket.socket, option: int, value: bytes, thread: int) -> None:
        """Set the size of a ring. Every version of tpacket_req begins with the size and the number of blocks."""
        if copy.family != socket.AF_PACKET:
            raise Refused(errno.ENOPROTOOPT)
        if len(value) < SHORTEST:
            raise Refused(errno.EINVAL)
        size, blocks = struct.unpack_from("=II", value)
        most = RINGS if self._is_ours(thread) else RINGS_OF_NODES
        taken = blocks * _whole_pages(size)
        if taken and sum(self.rings.values()) + taken > most:
            self._forget_closed()
            if sum(self.rings.values()) + taken > most:
                raise Refused(errno.ENOMEM)  # libpcap then asks for less
        if taken:
            asker = self._must_not_hurry(thread)
            self.made[asker] = self.made.get(asker, 0) + 1
        copy.setsockopt(seccomp.SOL_PACKET, option, value)
        key = os.fstat(copy.fileno()).st_ino, option
        if taken:
            self.rings[key] = taken
        else:
            self.rings.pop(key, None)

    def _must_not_hurry(self, thread: int) -> int:
        """Refuse rings beyond a rate, because rings are set one at a time: a caller in a loop would delay the whole lab.

        Returns the user namespace of the caller.
        """
        asker, now = self._namespace(str(thread), "user"), int(time.monotonic())
        if self.second != now:
            self.second, self.made = now, {}
        if asker != self.own and self.made.get(asker, 0) >= RINGS_A_SECOND:
            raise Refused(errno.ENOMEM)
        return asker

    def _forget_closed(self) -> None:
        lines = [line for one in self._networks() for line in self._text(f"{one}/net/packet").splitlines()[1:]]
        there = {int(line.split()[-1]) for line in lines}  # inodes
        self.rings = {key: taken for key, taken in self.rings.items() if key[0] in there}
        self.memberships = {one: has for one, has in self.memberships.items() if one in there}

    # -- memberships of packet sockets

    def _set_membership(self, copy: socket.socket, option: int, value: bytes) -> None:
        """Begin or end to listen to an address. The kernel keeps any number of them, and charges nobody.

        It says nothing when there was none to end, so each is remembered.
        """
        if copy.family != socket.AF_PACKET:
            raise Refused(errno.ENOPROTOOPT)
        if len(value) < SHORTEST:
            raise Refused(errno.EINVAL)
        one = os.fstat(copy.fileno()).st_ino
        address = value[: MREQ.size + MREQ.unpack_from(value)[2]]
        added = option == seccomp.PACKET_ADD_MEMBERSHIP
        there = self.memberships.get(one, Counter())
        if added and address not in there and len(there) >= MEMBERSHIPS:
            raise Refused(errno.ENOBUFS)
        copy.setsockopt(seccomp.SOL_PACKET, option, value)
        if added and len(self.memberships) >= MANY_MEMBERS:
            self._forget_closed()
        one_of_it = Counter({address: 1})
        there = there + one_of_it if added else there - one_of_it
        if there:
            self.memberships[one] = there
        else:
            self.memberships.pop(one, None)

    # -- the caller

    @contextlib.contextmanager
    def _copied(self, thread: int, descriptor: int) -> Iterator[socket.socket]:
        status = self._text(f"{thread}/status")
        if not (found := re.search(r"^Tgid:\s*(\d+)", status, re.MULTILINE)):
            raise Refused(errno.ESRCH)
        handle = os.pidfd_open(int(found[1]))
        try:
            copy = syscalls.descriptor_of(handle, descriptor)
        finally:
            os.close(handle)
        try:
            made = socket.socket(fileno=copy)
        except OSError:
            os.close(copy)
            raise
        with made:
            yield made

    def _read(self, thread: int, pointer: int, length: int) -> bytes:
        memory = os.open(f"{thread}/mem", os.O_RDONLY | os.O_CLOEXEC, dir_fd=self.processes)
        try:
            found = os.pread(memory, length, pointer)
        except (OSError, OverflowError):
            found = b""
        finally:
            os.close(memory)
        if len(found) != length:
            raise Refused(errno.EFAULT)
        return found

    def _is_ours(self, thread: int) -> bool:
        """Whether the caller is the supervisor or a program that it has started outside the nodes."""
        return self._namespace(str(thread), "user") == self.own

    def _namespace(self, process: str, name: str) -> int:
        return os.stat(f"{process}/ns/{name}", dir_fd=self.processes).st_ino

    def _networks(self) -> Iterator[str]:
        """One process of each network of the lab, the supervisor's own first."""
        seen = set()
        for process in ("self", *filter(str.isdigit, os.listdir(self.processes))):
            with contextlib.suppress(OSError):  # the process has ended
                network = self._namespace(process, "net")
                if network not in seen:
                    seen.add(network)
                    yield process

    def _text(self, path: str) -> str:
        try:
            with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self.processes), "rb", 0) as file:
                return plain(file.read())
        except OSError:  # the process has ended, or this kernel has no such file
            return ""


def _sockets(sockets: str, sockets6: str, protocols: str) -> tuple[int, int]:
    """Count the sockets of a network that are neither TCP, UDP nor AF_UNIX, and those that are TCP, from files of /proc/net."""
    found = {words[0]: words for line in (sockets + sockets6).splitlines() if (words := line.split())}
    if "sockets:" not in found:
        return 0, 0
    streams, datagrams = (
        sum(int(found[name][2]) for name in names if name in found) for names in (("TCP:", "TCP6:"), ("UDP:", "UDP6:"))
    )
    return max(0, int(found["sockets:"][2]) - streams - datagrams - unix_sockets(protocols)), streams


def _whole_pages(size: int) -> int:
    """The bytes that the kernel takes for a block: a power of two of pages."""
    pages = -(-size // os.sysconf("SC_PAGE_SIZE"))
    return os.sysconf("SC_PAGE_SIZE") << max(0, pages - 1).bit_length()


def _without_rights(kind: int) -> socket.socket:
    """A socket of generic netlink in the container's own network, where a node has no rights.

    The kernel loads modules for this protocol, which keep memory that nobody is charged for: peers of WireGuard, flows of Open
    vSwitch, sessions of L2TP. Programs that only ask by it (dhcpcd does not start without) work.
    """
    made = socket.socket(socket.AF_NETLINK, kind, seccomp.NETLINK_GENERIC)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, GENERIC_QUEUE // 2)  # the kernel doubles the value
    return made


def _set_queue(copy: socket.socket, option: int, value: bytes) -> None:
    """Set the size of a queue, as the kernel would. Where nobody is charged, the limit is the default size of a socket.

    What a datagram socket sends is charged to nobody, as long as it waits (UDP_CORK).
    """
    if len(value) < 4:
        raise Refused(errno.EINVAL)
    wanted = int.from_bytes(value[:4], sys.byteorder)
    if not _is_charged(copy) or (option == seccomp.SO_SNDBUF and _is_datagram(copy)):
        is_generic = copy.family == socket.AF_NETLINK and copy.proto == seccomp.NETLINK_GENERIC
        wanted = min(wanted, (GENERIC_QUEUE if is_generic else QUEUE) // 2)  # the kernel doubles the value
    copy.setsockopt(socket.SOL_SOCKET, option, struct.pack("=I", wanted))


def _is_charged(copy: socket.socket) -> bool:
    if copy.family in (socket.AF_INET, socket.AF_INET6):
        return copy.type in (socket.SOCK_STREAM, socket.SOCK_DGRAM) and copy.proto in seccomp.CHARGED
    return copy.family == socket.AF_UNIX


def _is_datagram(copy: socket.socket) -> bool:
    return copy.family in (socket.AF_INET, socket.AF_INET6) and copy.type == socket.SOCK_DGRAM


def keep_budget(child: int, channel: socket.socket, processes: int) -> NoReturn:
    """Decide the calls of CHILD and its descendants until the child ends, then exit with the status of the child."""
    shorten_time_slices()
    hand_on_the_end(child)
    budget = Budget(processes, GENERIC_NETLINK in os.environ)
    _, listeners, _, _ = socket.recv_fds(channel, 1, 1)
    ended = os.pidfd_open(child)
    waiting = select.poll()
    for handle in (ended, *listeners):
        waiting.register(handle, select.POLLIN)
    late, again = list[Asked](), 0.0
    while ended not in (ready := dict(waiting.poll(RECOUNT * 1000 if late else None))):
        if late and time.monotonic() >= again:  # not for each request, because those that wait would delay all others
            late = [asked for asked in late if not asked.answer(budget)]
            again = time.monotonic() + RECOUNT
        for listener, event in ready.items():
            if event & select.POLLIN:
                with contextlib.suppress(FileNotFoundError):  # the caller has ended
                    asked = Asked(listener)
                    if not asked.answer(budget):
                        late.append(asked)
            else:
                waiting.unregister(listener)
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 255)


class Asked:
    """A call that waits for a decision, read from a listener."""

    def __init__(self, listener: int) -> None:
        packed = bytearray(REQUEST.size)
        fcntl.ioctl(listener, RECEIVE, packed)
        self.listener = listener
        self.number, self.thread, _, self.call, _, _, *arguments = REQUEST.unpack(packed)
        self.arguments = tuple(arguments)
        self.until = time.monotonic() + WAIT

    def answer(self, budget: Budget) -> bool:
        """Decide the call; False if it must be tried again later."""
        error, flags = 0, 0
        try:
            decided = budget.decide(self.thread, self.call, self.arguments, self._still_waits)
            if isinstance(decided, socket.socket):
                self._hand_over(decided)
                return True
            flags = GO_ON if decided else 0
        except Full as refusal:
            if time.monotonic() < self.until:
                return False
            error = refusal.args[0]
        except Refused as refusal:
            error = refusal.args[0]
        except OSError as failure:
            error = failure.errno or errno.EIO
        except Exception:  # the caller must have an answer
            traceback.print_exc()
            error = errno.EIO
        with contextlib.suppress(FileNotFoundError):  # the caller has ended
            fcntl.ioctl(self.listener, SEND, RESPONSE.pack(self.number, 0, -error, flags))
        return True

    def _hand_over(self, made: socket.socket) -> None:
        """Give the caller a socket as the result of its call (since Linux 5.14). Raises OSError."""
        with made:
            made.setblocking(not self.arguments[1] & socket.SOCK_NONBLOCK)
            flags = os.O_CLOEXEC if self.arguments[1] & socket.SOCK_CLOEXEC else 0
            fcntl.ioctl(self.listener, HAND_OVER, HANDED.pack(self.number, AND_ANSWER, made.fileno(), 0, flags))

    def _still_waits(self) -> None:
        """Check that the caller still waits, so that its id belongs to no other process. Raises OSError."""
        fcntl.ioctl(self.listener, STILL_WAITS, struct.pack("=Q", self.number))
