"""Gives a command a temporary site of its own: the command runs again as a process with an empty state folder."""

import os
import random
import shutil
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from vaka.ops import programs

# Left out of its environment: it serves plain HTTP on this server and shares nothing with the running site
OF_THE_SITE = ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "VAKA_GATEWAY_URL", "VAKA_DEBUG", "VAKA_PREVIEW")
OF_THE_LAN = ("VAKA_HTTPS", "VAKA_LAN", "VAKA_CERT", "VAKA_KEY")
OUTSIDE_OF_CHOSEN = range(20_000, 32_000)  # ports; the kernel chooses from 32768 on
FOLDER = "VAKA_OWN_SITE"  # set in that process: its state folder, which is deleted at the end


def is_ours() -> bool:
    return os.environ.get(FOLDER) == str(settings.STATE_DIR)


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment of a process whose site has this state folder."""
    kept = {name: value for name, value in os.environ.items() if name not in (*OF_THE_SITE, *OF_THE_LAN)}
    site, gateway = free_ports(2)
    at = {"VAKA_BIND": "127.0.0.1", "VAKA_PORT": str(site), "VAKA_GATEWAY_PORT": str(gateway)}
    return {**kept, FOLDER: str(folder), "VAKA_STATE": str(folder), **at, **more}


def begin() -> None:
    """Run this command again, with a site of its own in an empty folder. Does not return."""
    become(environment(Path(tempfile.mkdtemp(prefix="vaka-own-site-"))))


def become(environment: dict[str, str]) -> None:
    """Replace this process by the same command with another environment."""
    os.execve(programs.python(), [*programs.manage(), *sys.argv[1:]], environment)  # noqa: S606 — our own interpreter, fixed words


def forget() -> None:
    shutil.rmtree(settings.STATE_DIR, ignore_errors=True)


def free_ports(count: int) -> list[int]:
    """Return free ports, all different, that the kernel gives nobody else before the site takes them.

    A port that the kernel chooses may be the client's end of any connection a moment later: so ours lie below its range. Processes
    that look at the same time begin at different places.
    """
    found: list[int] = []
    for port in random.SystemRandom().sample(OUTSIDE_OF_CHOSEN, len(OUTSIDE_OF_CHOSEN)):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.append(port)
        if len(found) == count:
            return found
    raise OSError(
        f"Of the ports {OUTSIDE_OF_CHOSEN[0]} to {OUTSIDE_OF_CHOSEN[-1]}, {len(found)} are free: {count} are needed."
    )
