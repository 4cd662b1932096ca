"""The system calls that Python does not offer, by ctypes, for x86-64 and arm64."""

import ctypes
import os
import platform
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

libc = ctypes.CDLL(None, use_errno=True)
_held = ctypes.PyDLL(None, use_errno=True)  # calls through it keep the GIL

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = (
    1,
    2,
    4,
    8,
    32,
    4096,
    16384,
    1 << 18,
)
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_KEEPCAPS = 1, 4, 8
CAP_SETGID, CAP_SETUID = 1 << 6, 1 << 7
RESOLVE_NO_MAGICLINKS, RESOLVE_IN_ROOT = 0x02, 0x10
TIOCGPTPEER, TIOCSPTLCK = 0x5441, 0x40045431
DEVPTS_SUPER_MAGIC = 0x1CD1
SYS_OPENAT2, SYS_PIDFD_GETFD = 437, 438  # the same on all architectures, like all calls since Linux 5.1


class Machine(NamedTuple):
    """The numbers of an architecture: its AUDIT_ARCH, and system calls that differ from machine to machine."""

    arch: int
    pivot_root: int
    clone: int
    sched_setattr: int
    socket: int
    setsockopt: int
    seccomp: int
    denied: tuple[int, ...]  # mount umount2 pivot_root unshare setns


_X86_64 = Machine(
    arch=0xC000003E,
    pivot_root=155,
    clone=56,
    sched_setattr=314,
    socket=41,
    setsockopt=54,
    seccomp=317,
    denied=(165, 166, 155, 272, 308),
)
_ARM64 = Machine(
    arch=0xC00000B7,
    pivot_root=41,
    clone=220,
    sched_setattr=274,
    socket=198,
    setsockopt=208,
    seccomp=277,
    denied=(40, 39, 41, 97, 268),
)
MACHINE = _ARM64 if platform.machine() == "aarch64" else _X86_64


def check(result: int, what: str) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")
    return result


def fork() -> int:
    """Like os.fork, for a process with one thread: ``children`` says what happens with two.

    Python's own work for threads in each child touches 200 pages and takes longer than the fork itself.
    """
    return check(_held.fork(), "fork")


def mount(source: str | None, target: str | Path, fstype: str | None, flags: int = 0, data: str | None = None) -> None:
    arguments = [text.encode() if text is not None else None for text in (source, str(target), fstype)]
    check(
        libc.mount(*arguments, ctypes.c_ulong(flags), data.encode() if data else None),
        f"mount {fstype or source} on {target}",
    )


def unmount(target: str | Path) -> None:
    check(libc.umount2(str(target).encode(), MNT_DETACH), f"umount {target}")


def pivot_root_here() -> None:
    """Make the current folder the root, and unmount the old root."""
    check(libc.syscall(MACHINE.pivot_root, b".", b"."), "pivot_root")
    check(libc.umount2(b".", MNT_DETACH), "umount of the old root")
    os.chdir("/")


def set_hostname(name: str) -> None:
    check(libc.sethostname(name.encode(), len(name)), "sethostname")


def set_dumpable(dumpable: bool) -> None:
    check(libc.prctl(PR_SET_DUMPABLE, int(dumpable)), "prctl dumpable")


def keep_capabilities() -> None:
    check(libc.prctl(PR_SET_KEEPCAPS, 1), "prctl keepcaps")


def use_capabilities(bits: int) -> None:
    """Make these capabilities, and no others, effective and permitted."""
    header = struct.pack("Ii", 0x20080522, 0)
    check(libc.capset(header, struct.pack("6I", bits, bits, 0, 0, 0, 0)), "capset")


class _OpenHow(ctypes.Structure):
    _fields_ = [("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64)]


def open_below(root: int, path: str, flags: int) -> int:
    """Open PATH as if the folder ROOT (a descriptor) were /. No link leads out of it. Raises OSError."""
    how = _OpenHow(flags | os.O_CLOEXEC, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)
    return check(libc.syscall(SYS_OPENAT2, root, os.fsencode(path), ctypes.byref(how), ctypes.sizeof(how)), path)


def filesystem_type(descriptor: int) -> int:
    """The magic number of the file system that holds the file (statfs(2))."""
    buffer = ctypes.create_string_buffer(256)
    check(libc.fstatfs(descriptor, buffer), "fstatfs")
    return int(struct.unpack_from("l", buffer)[0])


def descriptor_of(process: int, number: int) -> int:
    """A copy of a descriptor of another process; PROCESS is a pidfd."""
    return check(libc.syscall(SYS_PIDFD_GETFD, process, number, 0), "pidfd_getfd")


_own_network = -1


@contextmanager
def network_of(pid: int) -> Iterator[None]:
    """Join the network namespace of PID: new sockets and /proc/sys/net are the node's. Never await inside."""
    there = open_network(pid)
    try:
        with network_at(there):
            yield
    finally:
        os.close(there)


def open_network(pid: int) -> int:
    """A descriptor of the network namespace of PID, which keeps the network while it is open. Raises OSError."""
    return os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)


@contextmanager
def network_at(there: int) -> Iterator[None]:
    """Join a network namespace by its descriptor. Never await inside."""
    global _own_network
    if _own_network < 0:
        _own_network = open_network(os.getpid())
    os.setns(there, os.CLONE_NEWNET)
    try:
        yield
    finally:
        os.setns(_own_network, os.CLONE_NEWNET)


def node_socket(pid: int, family: int, kind: int, protocol: int = 0) -> socket.socket:
    """A socket in the network of PID, which the supervisor uses from outside."""
    with network_of(pid):
        made = socket.socket(family, kind, protocol)
    made.setblocking(False)
    return made


def netlink_socket(pid: int, groups: int = 0, protocol: int = socket.NETLINK_ROUTE) -> socket.socket:
    """A netlink socket in the network of PID that receives from the kernel only, and from these multicast groups.

    Root of a node may send to any netlink socket in the node's network, and could answer in the kernel's place. On a socket that is
    connected to the kernel, the kernel refuses that. Multicasts may still come from anybody: ``recvfrom`` tells the sender.
    """
    made = node_socket(pid, socket.AF_NETLINK, socket.SOCK_RAW, protocol)
    try:
        if groups:
            made.bind((0, groups))
        made.connect((0, 0))
    except BaseException:
        made.close()
        raise
    return made


def waiting(heard: socket.socket, most: int, size: int = 2048) -> Iterator[bytes]:
    """The packets that wait in a socket, at most MOST of them."""
    for _ in range(most):
        try:
            yield heard.recv(size)
        except BlockingIOError:
            return
