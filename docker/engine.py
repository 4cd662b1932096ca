"""Finds a Docker engine for docker/setup: one that answers, else one to start, else one to install.

An engine that set-up has started is stopped at the end, by the last command that uses it. Any other engine is left as it is.
"""

import fcntl
import grp
import http.client
import json
import os
import pwd
import socket
import subprocess
import time
from pathlib import Path

from steps import HOST, LOG, WITHIN, Stop, can_be_root, finish, installed, is_debian, root_command, run, which

ANSWERS_WITHIN = 300  # seconds; the pace of this server is not measured yet, so this is enough for a slow one
PING_SECONDS = 5  # for one answer; an engine that listens and needs longer is "slow", not "silent"
STOPS_WITHIN = 300
NOTE, PIDFILE = HOST / "engine.json", Path("/run/docker.pid")


class EngineConnection(http.client.HTTPConnection):
    """HTTP over the engine's unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=PING_SECONDS)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def state():
    """Return 'answers', 'root only' (it runs, but not for this user), 'slow' (it listens only) or 'silent'."""
    address = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    if not address.startswith("unix://"):
        if not which("docker"):
            return "silent"
        try:
            asked = subprocess.run(
                ["docker", "version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=ANSWERS_WITHIN
            )
        except subprocess.TimeoutExpired:
            return "slow"
        return "silent" if asked.returncode else "answers"
    connection = EngineConnection(address[len("unix://") :])
    try:
        connection.request("GET", "/_ping")
        return "answers" if connection.getresponse().status == 200 else "slow"
    except PermissionError:
        return "root only"
    except (socket.timeout, BlockingIOError):  # it does not answer yet; or more wait for it than its socket takes
        return "slow"
    except (OSError, http.client.HTTPException):
        return "silent"
    finally:
        connection.close()


def wait(seconds, has_ended=lambda: False):
    """Wait until the engine answers, or at least listens if this user may not use it. Returns whether it does.

    If nothing listens and the engine ``has_ended``, nothing will answer, and the wait ends.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = state()
        if found in ("answers", "root only"):
            return True
        if found == "silent" and has_ended():
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
            needed.command(["systemctl", "enable", "--now", "docker"] if has_systemd() else ["dockerd"])
    # An engine from a package starts by itself. Root and the group docker may use its socket
    if (
        not can_be_root()
        and not os.environ.get("DOCKER_HOST")
        and state() not in ("answers", "slow")
        and not may_use_engine()
    ):
        needed.command(["usermod", "-aG", "docker", pwd.getpwuid(os.getuid()).pw_name])
        needed.signs_in_again = True


def may_use_engine():
    """Return whether this session is in the group of the engine's socket."""
    return any(group.gr_name == "docker" and group.gr_gid in os.getgroups() for group in grp.getgrall())


def ensure(tell):
    """Use the engine that runs, else start the installed one. Only one that we have started is noted, and stopped later."""
    found = state()
    if found in ("answers", "root only"):
        tell.fine("a Docker engine answers")
        return
    if found == "slow" and wait_for_foreign(tell):
        return
    if os.environ.get("DOCKER_HOST"):
        raise Stop(f"No engine answers at DOCKER_HOST={os.environ['DOCKER_HOST']}. Start it, or unset DOCKER_HOST.")
    if not which("dockerd"):
        raise Stop(
            "Docker's client is installed without its engine. Type `apt-get install docker-ce`, or set DOCKER_HOST."
        )
    if wait(2):
        return  # it was installed a moment ago
    if is_started() and wait_for_foreign(tell):
        return
    answers = start_unit(tell) if has_systemd() else start_dockerd(tell)
    if not answers:
        raise Stop(
            f"The Docker engine was started but does not answer. Read {LOG / 'dockerd.log'} or `journalctl -u docker`."
        )


def wait_for_foreign(tell):
    """Wait for an engine that somebody else has started. It is not noted, so it is never stopped.

    Returns whether it answers. It does not if it has ended: its start has failed, or somebody has stopped it.
    """
    tell.did("a Docker engine runs and does not answer yet: waiting for it")
    if wait(ANSWERS_WITHIN, no_engine_runs):
        return True
    if state() == "silent" and no_engine_runs():
        tell.did("that Docker engine has ended")
        return False
    raise Stop(
        f"A Docker engine runs, but has not answered for {ANSWERS_WITHIN // 60} minutes. Set-up did not start it and leaves "
        "it alone. Read `journalctl -u docker`, and start it again if nobody needs its containers."
    )


def no_engine_runs():
    """Return whether no engine runs on this server. One at DOCKER_HOST is not known to this server's systemd."""
    return not os.environ.get("DOCKER_HOST") and not is_started()


def has_systemd():
    return Path("/run/systemd/system").is_dir()


def is_started():
    """Return whether an engine runs, or is being started or stopped by somebody else."""
    if not has_systemd():
        return process_name(pid_in_file()) == "dockerd"
    return show("ActiveState") not in ("inactive", "failed", "")


def start_unit(tell):
    """Start the engine's unit, note its run, and return whether the engine answers. Raises Stop with the reason if it fails."""
    tell.did("starting the Docker engine (systemctl start docker)")
    start = root_command(["systemctl", "start", "docker"], "Starting the Docker engine")
    try:
        run(start, "systemctl start docker")
    except Stop as failed:
        raise Stop(f"{failed}\nThe engine's log ends with\n    {end_of_journal()}") from None
    NOTE.write_text(json.dumps({"invocation": invocation()}))
    return wait(ANSWERS_WITHIN)


def end_of_journal():
    """Return the last lines of the engine's log. systemd writes up to 8 of its own after the engine's reason."""
    read = ["journalctl", "--unit", "docker.service", "--lines", "20", "--output", "cat", "--no-pager"]
    _status, said = finish(root_command(read, "Reading the engine's log"), "journalctl", WITHIN)
    return "\n    ".join(said.strip().splitlines())


def invocation():
    """Return systemd's ID of this run of the engine; it changes with each start."""
    return show("InvocationID")


def show(name):
    """Return a property of the engine's unit; empty if there is no such unit."""
    asked = ["systemctl", "show", "--property", name, "docker.service"]
    return run(asked, "systemctl show docker").strip().partition("=")[2]


def pid_in_file():
    try:
        return PIDFILE.read_text().strip()
    except OSError:
        return ""


def start_dockerd(tell):
    """Start an engine without systemd, and return whether it answers.

    Its process ID is kept, so that we stop this engine and no other.
    """
    if PIDFILE.exists():  # of no dockerd: that was looked at before
        # A power cut leaves it behind, and dockerd refuses to start if another process has that ID now
        run(root_command(["rm", "-f", str(PIDFILE)], "Removing a stale docker.pid"), "rm")
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
    answers = wait(ANSWERS_WITHIN, lambda: started.poll() is not None)
    if started.poll() is not None:
        tail = "\n    ".join((LOG / "dockerd.log").read_text(errors="replace").splitlines()[-8:])
        raise Stop(f"dockerd ended at once. Its output ends with\n    {tail}")
    number = pid_in_file() or str(started.pid)
    if int(born(number) or 0) >= int(born(started.pid) or 0):  # else somebody else's engine was faster
        NOTE.write_text(json.dumps({"pid": int(number), "born": born(number)}))
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


def use():
    """Return a file that says, for as long as it is open, that a command uses the engine."""
    used = NOTE.with_suffix(".used").open("a")
    fcntl.flock(used, fcntl.LOCK_SH)
    return used


def is_used():
    with NOTE.with_suffix(".used").open("a") as used:
        try:
            fcntl.flock(used, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def stop(tell):
    """Stop the engine if, and only if, we started it and no other command uses it. Its containers stop with it."""
    if not NOTE.exists() or NOTE.stat().st_uid not in (0, os.getuid()):
        return
    if is_used():
        tell.fine(
            "the Docker engine that set-up started is left running: another command uses it, and stops it at its end"
        )
        return
    engine = json.loads(NOTE.read_text())
    NOTE.unlink()
    if engine.get("invocation") and has_systemd() and engine["invocation"] == invocation():
        run(
            root_command(["systemctl", "stop", "docker.service", "docker.socket"], "Stopping the Docker engine"),
            "systemctl stop docker",
        )
    elif engine.get("born") and born(engine["pid"]) == engine["born"]:
        run(root_command(["kill", str(engine["pid"])], "Stopping the Docker engine"), "kill")
        end = time.monotonic() + STOPS_WITHIN
        while born(engine["pid"]) == engine["born"] and process_name(engine["pid"]) and time.monotonic() < end:
            time.sleep(0.1)
    elif engine.get("systemd"):
        # Version 0.9 noted neither the run nor whether it had started it: a slow engine of somebody else was noted too.
        # We cannot know, so this engine is not stopped, once
        tell.fine("version 0.9 noted a Docker engine, but not which one. It is not stopped")
        return
    else:
        tell.fine("the engine that set-up started has already ended. Set-up stops no other engine")
        return
    tell.fine("the Docker engine that set-up started is stopped")
