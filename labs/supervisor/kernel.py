"""The system calls that Python does not offer, by ctypes, for x86-64 and arm64."""

import ctypes
import os
import platform
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

libc = ctypes.CDLL(None, use_errno=True)
_held = ctypes.PyDLL(None, use_errno=True)  # calls of it keep Python's lock

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_SET_SECCOMP = 1, 4, 8, 22
CAP_SETGID, CAP_SETUID = 1 << 6, 1 << 7
RESOLVE_NO_MAGICLINKS, RESOLVE_IN_ROOT = 0x02, 0x10
TIOCGPTPEER, TIOCSPTLCK = 0x5441, 0x40045431
TURN = 200_000  # nanoseconds; the kernel's own is 3 ms
DEVPTS_SUPER_MAGIC = 0x1CD1
SYS_OPENAT2 = 437  # the same number everywhere, as all calls since Linux 5.1

_X86_64 = {
    "arch": 0xC000003E,
    "pivot_root": 155,
    "clone": 56,
    "sched_setattr": 314,
    "denied": (165, 166, 155, 272, 308),
}
_ARM64 = {"arch": 0xC00000B7, "pivot_root": 41, "clone": 220, "sched_setattr": 274, "denied": (40, 39, 41, 97, 268)}
MACHINE: dict[str, object] = _ARM64 if platform.machine() == "aarch64" else _X86_64
# Above: mount umount2 pivot_root unshare setns. Here: open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr
# open_tree_attr.
_DENIED_EVERYWHERE = (428, 429, 430, 431, 432, 433, 442, 467)
_CLONE3 = 435
_CLONE_NAMESPACES = 0x7E020000  # all CLONE_NEW* flags


def _check(result: int, what: str) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")
    return result


def ask_for_short_turns() -> None:
    """Have this process, and all that it starts, use the CPU in short turns: so each comes round soon, and no hog is waited for.

    A node cannot undo it (``node_filter``). Kernels before 6.12 know no such turns and take no notice.
    """
    attributes = struct.pack("=IIQiIQQQ", 48, 0, 0, 0, 0, TURN, 0, 0)  # SCHED_OTHER, nice 0
    libc.syscall(MACHINE["sched_setattr"], 0, attributes, 0)


def fork() -> int:
    """As os.fork, in a process of one thread and for a child that soon is another program.

    What Python does in each child for the sake of threads touches two hundred pages, and takes longer than the fork itself.
    """
    return _check(_held.fork(), "fork")


def mount(source: str | None, target: str | Path, fstype: str | None, flags: int = 0, data: str | None = None) -> None:
    arguments = [text.encode() if text is not None else None for text in (source, str(target), fstype)]
    _check(
        libc.mount(*arguments, ctypes.c_ulong(flags), data.encode() if data else None),
        f"mount {fstype or source} on {target}",
    )


def unmount(target: str | Path) -> None:
    _check(libc.umount2(str(target).encode(), MNT_DETACH), f"umount {target}")


def pivot_root_here() -> None:
    """Make the current folder the root, and let the old one go."""
    _check(libc.syscall(MACHINE["pivot_root"], b".", b"."), "pivot_root")
    _check(libc.umount2(b".", MNT_DETACH), "umount of the old root")
    os.chdir("/")


def set_hostname(name: str) -> None:
    _check(libc.sethostname(name.encode(), len(name)), "sethostname")


def set_dumpable(dumpable: bool) -> None:
    _check(libc.prctl(PR_SET_DUMPABLE, int(dumpable)), "prctl dumpable")


def keep_capabilities() -> None:
    _check(libc.prctl(PR_SET_KEEPCAPS, 1), "prctl keepcaps")


def use_capabilities(bits: int) -> None:
    """Make these capabilities, and no others, effective and permitted."""
    header = struct.pack("Ii", 0x20080522, 0)
    _check(libc.capset(header, struct.pack("6I", bits, bits, 0, 0, 0, 0)), "capset")


class _OpenHow(ctypes.Structure):
    _fields_ = [("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64)]


def open_below(root: int, path: str, flags: int) -> int:
    """Open PATH as if the folder ROOT (a descriptor) were /; no link leads out of it. Raises OSError."""
    how = _OpenHow(flags | os.O_CLOEXEC, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)
    return _check(libc.syscall(SYS_OPENAT2, root, os.fsencode(path), ctypes.byref(how), ctypes.sizeof(how)), path)


def filesystem_type(descriptor: int) -> int:
    """The magic number of the file system that the file is on (statfs(2))."""
    buffer = ctypes.create_string_buffer(256)
    _check(libc.fstatfs(descriptor, buffer), "fstatfs")
    return int(struct.unpack_from("l", buffer)[0])


class _Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]


def node_filter() -> bytes:
    """The BPF program of a node: this machine's own calls only, no mounts, no further namespaces, no turns of its own.

    EPERM, and ENOSYS for clone3 (its flags cannot be read here), so that the C library falls back to clone.
    """
    errno, allow = 0x00050000, 0x7FFF0000
    load, jump_equal, jump_above, jump_set, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    number, architecture, first_argument = 0, 4, 16
    code = [
        (load, 0, 0, architecture),
        (jump_equal, 1, 0, MACHINE["arch"]),
        (answer, 0, 0, errno | 1),
        (load, 0, 0, number),
        (jump_above, 0, 1, 0x40000000),
        (answer, 0, 0, errno | 1),
    ]  # x32 has its bit here
    for denied in (*MACHINE["denied"], MACHINE["sched_setattr"], *_DENIED_EVERYWHERE):  # type: ignore[misc]
        code += [(jump_equal, 0, 1, denied), (answer, 0, 0, errno | 1)]
    code += [(jump_equal, 0, 1, _CLONE3), (answer, 0, 0, errno | 38)]
    code += [
        (jump_equal, 0, 3, MACHINE["clone"]),
        (load, 0, 0, first_argument),
        (jump_set, 0, 1, _CLONE_NAMESPACES),
        (answer, 0, 0, errno | 1),
        (answer, 0, 0, allow),
    ]
    return b"".join(struct.pack("HBBI", *line) for line in code)


def deny_in_node(program: bytes) -> None:
    """Put the second seccomp filter on, for this process and all that it starts."""
    buffer = ctypes.create_string_buffer(program, len(program))
    filters = _Filter(len(program) // 8, ctypes.addressof(buffer))
    _check(libc.prctl(PR_SET_SECCOMP, 2, ctypes.byref(filters)), "seccomp")


_own_network = -1


@contextmanager
def network_of(pid: int) -> Iterator[None]:
    """Stand in the network namespace of PID: sockets opened here, and /proc/sys/net, are the node's. Never await inside."""
    global _own_network
    if _own_network < 0:
        _own_network = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    there = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.setns(there, os.CLONE_NEWNET)
        try:
            yield
        finally:
            os.setns(_own_network, os.CLONE_NEWNET)
    finally:
        os.close(there)


def node_socket(pid: int, family: int, kind: int, protocol: int = 0) -> socket.socket:
    """A socket that lives in the network of PID, for us to use from here."""
    with network_of(pid):
        made = socket.socket(family, kind, protocol)
    made.setblocking(False)
    return made


def waiting(heard: socket.socket, most: int, size: int = 2048) -> Iterator[bytes]:
    """The packets that have come to a socket; a flood is not read to its end."""
    for _ in range(most):
        try:
            yield heard.recv(size)
        except BlockingIOError:
            return
