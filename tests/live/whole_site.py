"""A whole site, started as a person starts it, on ports and with a state folder of its own."""

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from labs.engine.shared import pace
from rigs.temporary_site import free_ports

CLONE = Path(__file__).resolve().parents[2]


def manage(environment, *words, timeout):
    """Run a command of a site to its end, and return what it said. The timeout is in seconds of the clock."""
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=CLONE,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )


def processes_of(state):
    """Every process of a state folder: number → its command line. The broker writes its title over what it was told."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            told = f"VAKA_STATE={state}\0".encode() in (folder / "environ").read_bytes()
            if command and (told or f"unixsocket:{state}/" in command):  # an ended process has no command
                found[int(folder.name)] = command
    return found


def gone(state, seconds):
    end = time.monotonic() + seconds
    while processes_of(state):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


class Up:
    """A site that was started, and what it said."""

    running = []

    def __init__(self, state, log, *, starts=True, **more):
        self.state, self.log = state, log
        self.port, self.gateway = free_ports(2)
        ports = {"VAKA_PORT": str(self.port), "VAKA_GATEWAY_PORT": str(self.gateway)}
        self.environment = {
            **os.environ,
            "VAKA_STATE": str(state),
            "DJANGO_SETTINGS_MODULE": "vaka.settings",
            **ports,
            **more,
        }
        for name in ("VAKA_SECRET_KEY", "DATABASE_URL", "REDIS_URL"):
            self.environment.pop(name, None)
        if starts:
            self.begin()

    def begin(self):
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"], cwd=CLONE, env=self.environment, stdout=output, stderr=output
            )
        self.running.append(self)

    def until_it_serves(self, seconds=120):
        end = time.monotonic() + pace.seconds(seconds)
        while "Serving" not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.1)
        return self

    def processes(self):
        """Name → number of each process that `up` started."""
        marks = {
            "broker": "-server ",  # redis-server or valkey-server
            "relay": "manage.py relay",
            "worker": " worker@",
            "starter": " starter@",
            "saver": " saver@",
            "beat": " beat ",
            "watcher": "manage.py watcher",
            "site": "vaka.asgi",
            "gateway": "labs.terminals.gateway",
        }
        found = {}
        for number, command in sorted(processes_of(self.state).items()):
            for name, mark in marks.items():
                if mark in command:
                    found.setdefault(name, number)
        return found

    def last_lines(self, most=40):
        """Return what the site's programs logged last, without the requests: a test that fails shows it."""
        lines = []
        for log in (self.state / "log").glob("*.log"):
            for line in log.read_text(errors="replace").splitlines():
                with suppress(ValueError):
                    entry = json.loads(line)
                    if entry["logger"] != "uvicorn.access":
                        lines.append(
                            f"{entry['time']} {entry['program']} {entry.get('session', '')} {entry['message']}"
                        )
        return "\n".join(sorted(lines)[-most:])

    def end(self):
        with suppress(ValueError):  # it was ended before
            self.running.remove(self)
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(pace.seconds(10))
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
