"""A site that systemd runs as a unit (``docker/setup install``): readiness and the journal."""

import os
import socket
from typing import IO

JOURNAL = "/run/systemd/journal/stdout"
INFO = 6  # the priority of the lines


def say_ready() -> None:
    """Tell systemd that the site serves. It waits for that if the unit has Type=notify (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.sendto(b"READY=1", f"\0{address[1:]}" if address.startswith("@") else address)


def identifier(program: str) -> str:
    return f"vaka-{program}"


def journal_of(program: str) -> IO[bytes]:
    """Return a stream into the journal, as systemd-cat(1) opens one. Its lines carry the program's identifier."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
        stream.connect(JOURNAL)
        # Identifier, unit, priority, whether lines begin with a priority, and whether they go to syslog, kernel and console
        stream.sendall(f"{identifier(program)}\n\n{INFO}\n0\n0\n0\n0\n".encode())
        return os.fdopen(stream.detach(), "wb", buffering=0)
