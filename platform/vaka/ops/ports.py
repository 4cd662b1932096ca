"""Tells whether a port is free, and which process holds it."""

import errno
import ipaddress
import socket
from contextlib import suppress
from pathlib import Path

from vaka import lan, operator_commands
from vaka.ops.errors import CannotStart

LISTENING = "0A"  # the state TCP_LISTEN in /proc/net/tcp


def reachable(host: str) -> str:
    """Return the address at which a client on this server reaches a program that listens on ``host``."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def must_be_free(host: str, port: int, variable: str) -> None:
    """Raise CannotStart, with the name of the process that holds the port, if we cannot listen on it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        # As the server does: a port that was closed a moment ago counts as free
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
            trial.listen()
        except PermissionError:
            raise CannotStart(
                f"Only root may use port {port}. Choose one above 1023: {operator_commands.start_with(variable, 8080)}"
            ) from None
        except OverflowError:
            raise CannotStart(
                f"{variable} is {port}, and no port is higher than 65535. Choose one from 1024 to 65535."
            ) from None
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise CannotStart(
                    f"Vaka cannot listen on {host} port {port}: this server does not have that address now. Start with "
                    f"LAN=1, or set LAN or VAKA_BIND to an address that it has: {lan.listed(lan.addresses())}."
                ) from None
            if error.errno != errno.EADDRINUSE:
                raise CannotStart(
                    f"Vaka cannot listen on {host} port {port}: {error.strerror}. Check VAKA_BIND."
                ) from None
            holder = holding(port) or "another process"
            raise CannotStart(
                f"Port {port} is taken by {holder}. Stop it, or choose another port: "
                f"{operator_commands.start_with(variable, port + 10)}"
            ) from None


def holding(port: int) -> str:
    """Return name and ID of the process that listens on a port; empty if we may not see it."""
    sockets = {f"socket:[{inode}]" for inode in listening(port)}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # a process may end meanwhile, or belong to another user
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
