"""System calls of Linux that the standard library does not offer."""

import ctypes
import os
import platform
import signal
import struct
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18

NICE = -10  # nine times the CPU weight of a normal process, or of all labs together if they are one cgroup
SLICE = 200_000  # nanoseconds of CPU in one go; the kernel's default is 3 ms

libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def die_with(parent: int) -> None:
    """Make the kernel kill this process when its parent ends. If the parent has ended already, end at once.

    A change of user undoes this, so call it afterwards.
    """
    _checked(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        os._exit(1)


def no_new_privileges() -> None:
    """Make sure that no program started by this process gains privileges, setuid or not."""
    _checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)")


def favour(process: int) -> None:
    """Give a process more CPU weight than labs (needs root) and a short time slice (needs Linux 6.12)."""
    number = 274 if platform.machine() == "aarch64" else 314  # sched_setattr
    for nice in (NICE, 0):
        attributes = struct.pack("=IIQiIQQQ", 48, 0, 0, nice, 0, SLICE, 0, 0)  # SCHED_OTHER
        if libc.syscall(number, process, attributes, 0) == 0:
            break
    with suppress(OSError):  # with autogroup, the scheduler weighs a whole session of processes
        Path(f"/proc/{process}/autogroup").write_text(str(NICE))


def mount(source: str, target: Path | str, kind: str = "", flags: int = 0, data: str = "") -> None:
    words = [part.encode() or None for part in (source, str(target), kind)]
    _checked(libc.mount(*words, ctypes.c_ulong(flags), data.encode() or None), f"mount {target}")
