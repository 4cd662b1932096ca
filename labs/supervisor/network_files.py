"""The files of a node's network below /proc."""

import contextlib
from pathlib import Path

PROCESSES = Path("/proc")


def text(pid: int, name: str) -> str:
    """The text of a file of the network of PID; empty if the process has ended or this kernel has no such file."""
    with contextlib.suppress(OSError), open(f"{PROCESSES}/{pid}/net/{name}", "rb", buffering=0) as file:
        return file.read().decode(errors="replace")
    return ""


def lines(pid: int, *names: str) -> list[str]:
    """The lines of files. A file with a heading gives one line more than it has entries."""
    return [line for name in names for line in text(pid, name).splitlines()]


def socket_counts(pid: int) -> dict[str, dict[str, int]]:
    """The numbers of sockstat and sockstat6, by the name of the line (``TCP``) and of the number (``inuse``)."""
    found = {}
    for line in lines(pid, "sockstat", "sockstat6"):
        name, *words = line.split() or [""]
        with contextlib.suppress(ValueError):
            found[name.rstrip(":")] = dict(zip(words[::2], map(int, words[1::2]), strict=False))
    return found
