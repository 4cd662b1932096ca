"""Whether a port is free, and who holds it when it is not."""

import errno
import ipaddress
import socket
from contextlib import suppress
from pathlib import Path

from vaka.ops.errors import CannotStart

LISTENING = "0A"  # the state's number in /proc/net/tcp


def reachable(host: str) -> str:
    """Where a client on this machine finds a server that listens on ``host``."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def must_be_free(host: str, port: int, variable: str) -> None:
    """Raise CannotStart, naming the process that is there, when nothing of ours can listen on the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # as the server will: a port that was just left is free
        try:
            trial.bind((host, port))
            trial.listen()
        except PermissionError:
            raise CannotStart(
                f"Port {port} is for root only. Choose one above 1023: {variable}=8080 make run"
            ) from None
        except OverflowError:
            raise CannotStart(f"{variable} must be below 65536.") from None
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise CannotStart(
                    f"Nothing can listen on {host}, port {port}: {error.strerror}. See VAKA_BIND."
                ) from None
            holder = holding(port) or "another process"
            raise CannotStart(
                f"Port {port} is taken by {holder}. Stop that, or choose another port: {variable}={port + 10} make run"
            ) from None


def holding(port: int) -> str:
    """Name the process that listens on a port: its name and number, or nothing when we may not see it."""
    sockets = {f"socket:[{inode}]" for inode in listening(port)}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # processes end while we look, and those of others are closed to us
            if any(str(entry.readlink()) in sockets for entry in (folder / "fd").iterdir()):
                return f"{(folder / 'comm').read_text().strip()} (process {folder.name})"
    return ""


def listening(port: int) -> set[str]:
    """Return the inode numbers of the sockets that listen on a port."""
    found = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:] if table.exists() else ():
            fields = line.split()
            if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(fields[9])
    return found


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
