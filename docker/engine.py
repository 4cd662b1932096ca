"""Finds a Docker engine for docker/setup: one that answers, else one to start, else one to install.

An engine that set-up has started is stopped at the end. Any other engine is left as it is.
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

ANSWERS_WITHIN = 300  # seconds; the pace of this server is not measured yet, so this is enough for a slow one


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
    """Return 'answers', 'root only' (it runs, but not for this user) or 'silent'."""
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


def wait(seconds, started=None):
    """Wait until the engine answers, or at least listens if this user may not use it. Returns whether it does.

    If the process that was ``started`` has ended, nothing will answer, and the wait ends.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if state() != "silent":
            return True
        if started is not None and started.poll() is not None:
            return False
        time.sleep(0.2)
    return False


def needs(needed):
    """Add to ``needed`` what only root can do to make an engine answer this user."""
    if state() == "silent" and not os.environ.get("DOCKER_HOST"):
        if not which("dockerd") and not installed("docker-ce-cli"):
            client = ["docker-cli"] if is_debian() else []
            needed.package("this server has no Docker engine", "docker.io", "docker-buildx", *client)
        if not can_be_root() and which("dockerd"):
            has_systemd = Path("/run/systemd/system").is_dir()
            needed.command(["systemctl", "enable", "--now", "docker"] if has_systemd else ["dockerd"])
    # An engine from a package starts by itself. Root and the group docker may use its socket
    if not can_be_root() and not os.environ.get("DOCKER_HOST") and state() != "answers" and not may_use_engine():
        needed.command(["usermod", "-aG", "docker", pwd.getpwuid(os.getuid()).pw_name])
        needed.signs_in_again = True


def may_use_engine():
    """Return whether this session is in the group of the engine's socket."""
    return any(group.gr_name == "docker" and group.gr_gid in os.getgroups() for group in grp.getgrall())


def ensure(tell):
    """Use the engine that answers, else start the installed one."""
    if state() != "silent":
        tell.fine("a Docker engine answers")
        return
    if os.environ.get("DOCKER_HOST"):
        raise Stop(f"No engine answers at DOCKER_HOST={os.environ['DOCKER_HOST']}. Start it, or unset DOCKER_HOST.")
    if not which("dockerd"):
        raise Stop(
            "Docker's client is installed without its engine. Type `apt-get install docker-ce`, or set DOCKER_HOST."
        )
    if wait(2):
        return  # it was installed a moment ago
    if Path("/run/systemd/system").is_dir():
        tell.did("starting the Docker engine (systemctl start docker)")
        run(root_command(["systemctl", "start", "docker"], "Starting the Docker engine"), "systemctl start docker")
        (HOST / "engine.json").write_text(json.dumps({"systemd": True}))
        answers = wait(ANSWERS_WITHIN)
    else:
        answers = start_dockerd(tell)
    if not answers:
        raise Stop(
            f"The Docker engine was started but does not answer. Read {LOG / 'dockerd.log'} or `journalctl -u docker`."
        )


def start_dockerd(tell):
    """Start an engine without systemd, and return whether it answers.

    Its process ID is kept, so that we stop this engine and no other.
    """
    pidfile = Path("/run/docker.pid")
    if pidfile.exists() and process_name(pidfile.read_text().strip()) != "dockerd":
        # A power cut leaves it behind, and dockerd refuses to start if another process has that ID now
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
    answers = wait(ANSWERS_WITHIN, started)
    if started.poll() is not None:
        tail = "\n    ".join((LOG / "dockerd.log").read_text(errors="replace").splitlines()[-8:])
        raise Stop(f"dockerd ended at once. Its output ends with\n    {tail}")
    number = pidfile.read_text().strip() if pidfile.exists() else str(started.pid)
    (HOST / "engine.json").write_text(json.dumps({"pid": int(number), "born": born(number)}))
    return answers


def process_name(number):
    try:
        return Path(f"/proc/{int(number)}/comm").read_text().strip()
    except (OSError, ValueError):
        return ""


def born(number):
    """Return when a process started, in ticks since boot. With its ID that identifies the process uniquely."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def stop(tell):
    """Stop the engine if, and only if, we started it. Its containers stop with it."""
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
    tell.fine("the Docker engine that set-up started is stopped")
