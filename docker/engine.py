"""The Docker engine of docker/setup: the one that answers, else one that is started, else one that is installed.

What we started we remember, and stop at the end; any other engine is left as it is.
"""

import grp
import http.client
import json
import os
import pwd
import socket
import subprocess
import time
from pathlib import Path

from steps import HOST, LOG, Stop, can_be_root, installed, is_debian, root_command, run, which


class EngineConnection(http.client.HTTPConnection):
    """HTTP over the engine's unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=5)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def state():
    """'answers', 'root only' (there, but not for this user) or 'silent'."""
    address = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    if not address.startswith("unix://"):
        if not which("docker"):
            return "silent"
        asked = subprocess.run(["docker", "version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return "silent" if asked.returncode else "answers"
    try:
        connection = EngineConnection(address[len("unix://") :])
        connection.request("GET", "/_ping")
        return "answers" if connection.getresponse().status == 200 else "silent"
    except PermissionError:
        return "root only"
    except (OSError, http.client.HTTPException):
        return "silent"


def wait(seconds):
    """Until the engine answers; for a user without the right to its socket, until somebody listens there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if state() != "silent":
            return True
        time.sleep(0.2)
    return False


def needs(needed):
    """What only root can do so that an engine answers this user."""
    if state() == "silent" and not os.environ.get("DOCKER_HOST"):
        if not which("dockerd") and not installed("docker-ce-cli"):
            client = ["docker-cli"] if is_debian() else []
            needed.package("no Docker engine is on this machine", "docker.io", "docker-buildx", *client)
        if not can_be_root() and which("dockerd"):
            has_systemd = Path("/run/systemd/system").is_dir()
            needed.command(["systemctl", "enable", "--now", "docker"] if has_systemd else ["dockerd"])
    # An engine that is installed by an administrator starts by itself; its socket is for root and for group docker
    if not can_be_root() and not os.environ.get("DOCKER_HOST") and state() != "answers" and not may_use_engine():
        needed.command(["usermod", "-aG", "docker", pwd.getpwuid(os.getuid()).pw_name])
        needed.signs_in_again = True


def may_use_engine():
    """Whether this session has the group of the engine's socket."""
    return any(group.gr_name == "docker" and group.gr_gid in os.getgroups() for group in grp.getgrall())


def ensure(tell):
    """Use the engine that answers, else start the one that is installed; NEEDS had it installed where there was none."""
    if state() != "silent":
        tell.fine("a Docker engine answers")
        return
    if os.environ.get("DOCKER_HOST"):
        raise Stop(f"No engine answers at DOCKER_HOST={os.environ['DOCKER_HOST']}. Start it, or unset DOCKER_HOST.")
    if not which("dockerd"):
        raise Stop(
            "Docker's own client is there without its engine. Type `apt-get install docker-ce`, or set DOCKER_HOST."
        )
    if wait(2):
        return  # one that was installed a moment ago
    if Path("/run/systemd/system").is_dir():
        tell.did("starting the Docker engine (systemctl start docker)")
        run(root_command(["systemctl", "start", "docker"], "Starting the Docker engine"), "systemctl start docker")
        (HOST / "engine.json").write_text(json.dumps({"systemd": True}))
    else:
        start_dockerd(tell)
    if not wait(60):
        raise Stop(
            f"The Docker engine was started but does not answer. See {LOG / 'dockerd.log'} or `journalctl -u docker`."
        )


def start_dockerd(tell):
    """An engine of our own where no systemd runs; its pid is kept, so that we stop this one and no other."""
    pidfile = Path("/run/docker.pid")
    if pidfile.exists() and process_name(pidfile.read_text().strip()) != "dockerd":
        # A machine that was switched off leaves it behind; dockerd refuses when another process has that number now.
        run(root_command(["rm", "-f", str(pidfile)], "Removing a stale docker.pid"), "rm")
    tell.did(f"starting the Docker engine (dockerd; log in {LOG / 'dockerd.log'})")
    with (LOG / "dockerd.log").open("ab") as log:
        started = subprocess.Popen(
            root_command(["dockerd"], "Starting the Docker engine"),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
        )
    wait(60)
    if started.poll() is not None:
        tail = "\n    ".join((LOG / "dockerd.log").read_text(errors="replace").splitlines()[-8:])
        raise Stop(f"dockerd ended at once. It said\n    {tail}")
    number = pidfile.read_text().strip() if pidfile.exists() else str(started.pid)
    (HOST / "engine.json").write_text(json.dumps({"pid": int(number), "born": born(number)}))


def process_name(number):
    try:
        return Path(f"/proc/{int(number)}/comm").read_text().strip()
    except (OSError, ValueError):
        return ""


def born(number):
    """When a process began, in ticks since boot: with its number it names one process for ever."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def stop(tell):
    """Stop the engine if and only if we started it; containers that others run on it go with it, as they would have."""
    note = HOST / "engine.json"
    if not note.exists() or note.stat().st_uid not in (0, os.getuid()):
        return
    engine = json.loads(note.read_text())
    note.unlink()
    if engine.get("systemd"):
        run(
            root_command(["systemctl", "stop", "docker.service", "docker.socket"], "Stopping the Docker engine"),
            "systemctl stop docker",
        )
    elif engine.get("born") and born(engine["pid"]) == engine["born"]:
        run(root_command(["kill", str(engine["pid"])], "Stopping the Docker engine"), "kill")
        end = time.monotonic() + 30
        while born(engine["pid"]) == engine["born"] and process_name(engine["pid"]) and time.monotonic() < end:
            time.sleep(0.1)
    tell.fine("the Docker engine that we started is stopped")
