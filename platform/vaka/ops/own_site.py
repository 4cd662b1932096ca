"""A command that needs a site of its own, for as long as it runs: it becomes a process with an empty state folder."""

import os
import shutil
import socket
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from django.conf import settings

from vaka.ops import programs

# On this machine, by plain http, with nothing of the site that runs
OF_THE_SITE = ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "VAKA_GATEWAY_URL", "VAKA_DEBUG", "VAKA_PREVIEW")
OF_THE_ROOM = ("VAKA_HTTPS", "VAKA_LAN", "VAKA_CERT", "VAKA_KEY")
FOLDER = "VAKA_ANEW"  # set in the process with the site of its own: the folder that goes away with it


def is_anew() -> bool:
    return os.environ.get(FOLDER) == str(settings.STATE_DIR)


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment of a process whose site is in this folder."""
    kept = {name: value for name, value in os.environ.items() if name not in (*OF_THE_SITE, *OF_THE_ROOM)}
    site, gateway = free_ports(2)
    at = {"VAKA_BIND": "127.0.0.1", "VAKA_PORT": str(site), "VAKA_GATEWAY_PORT": str(gateway)}
    return {**kept, FOLDER: str(folder), "VAKA_STATE": str(folder), **at, **more}


def begin() -> None:
    """Become it: the same command, with a site of its own in an empty folder."""
    become(environment(Path(tempfile.mkdtemp(prefix="vaka-anew-"))))


def become(environment: dict[str, str]) -> None:
    """Run this very command again, with another environment."""
    os.execve(programs.python(), [*programs.manage(), *sys.argv[1:]], environment)  # noqa: S606 — our own interpreter, fixed words


def forget() -> None:
    shutil.rmtree(settings.STATE_DIR, ignore_errors=True)


def free_ports(count: int) -> list[int]:
    """Ports that nobody has, all of them held until the last is found, so that they differ."""
    with ExitStack() as trials:
        sockets = [trials.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(trial.getsockname()[1]) for trial in sockets]
