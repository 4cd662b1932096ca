"""The files of a node's network below /proc."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

PROCESSES = Path("/proc")
# A learner chooses the names in these files. Python takes more bytes than the kernel for the end of a line or of a word
OTHER_SPACE = bytes({*range(0x20), 0x7F} - {*b"\t\n"})
PLAIN = bytes.maketrans(OTHER_SPACE, b"?" * len(OTHER_SPACE))


def text(pid: int, name: str) -> str:
    """The text of a file of the network of PID; empty if the process has ended or this kernel has no such file."""
    with contextlib.suppress(OSError), open(f"{PROCESSES}/{pid}/net/{name}", "rb", buffering=0) as file:
        return plain(file.read())
    return ""


def names(pid: int, folder: str) -> list[str]:
    """The names in a folder of the network of PID; none if the process has ended or this kernel has no such folder."""
    with contextlib.suppress(OSError):
        return os.listdir(f"{PROCESSES}/{pid}/net/{folder}")
    return []


def plain(read: bytes) -> str:
    """Return what was read of a file in /proc, with lines and words as the kernel wrote them; "?" for other bytes than ASCII."""
    return read.translate(PLAIN).decode("ascii", "replace")


def lines(pid: int, *names: str) -> list[str]:
    """The lines of files. A file with a heading gives one line more than it has entries."""
    return [line for name in names for line in text(pid, name).splitlines()]


def packet_counts(pid: int) -> Iterator[tuple[int, int]]:
    """Yield how many packets each interface of a network has received and sent. What cannot be read is left out."""
    for line in lines(pid, "dev")[2:]:
        words = line.rpartition(":")[2].split()
        if len(words) > 9 and f"{words[1]}{words[9]}".isdigit():
            yield int(words[1]), int(words[9])


def unix_sockets(protocols: str) -> int:
    """The number of AF_UNIX sockets, from ``protocols``. Their own list has names, and a name may have ends of lines."""
    rows = (line.split() for line in protocols.splitlines()[1:])
    return sum(int(words[2]) for words in rows if words[0].startswith("UNIX"))


def socket_counts(pid: int) -> dict[str, dict[str, int]]:
    """The numbers of sockstat and sockstat6, by the name of the line (``TCP``) and of the number (``inuse``)."""
    found = {}
    for line in lines(pid, "sockstat", "sockstat6"):
        name, *words = line.split() or [""]
        with contextlib.suppress(ValueError):
            found[name.rstrip(":")] = dict(zip(words[::2], map(int, words[1::2]), strict=False))
    return found
