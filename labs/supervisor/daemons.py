"""Start a node: write the lab's files, start the daemons of its kind, then run the lab's start commands."""

import asyncio
import contextlib
import functools
import os
import shlex
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from labs.engine.shared import pace
from labs.engine.shared.frr_daemons import ALWAYS_RUNNING
from labs.supervisor.children import exit_status
from labs.supervisor.node import IMAGE, NodeSpace

LOG = "/run/vaka-start.log"
CHECK_LOG = "/run/vaka-check.log"  # of the commands that a check runs on a node of the instructor
FRR_CONFIGURATION = "/etc/frr/frr.conf"
START_TIME = pace.seconds(40.0)  # seconds for the daemons and start commands of one node


class NotStarted(Exception):
    """The start script of a node did not end in time; the text is a sentence for people."""


def start_script(spec: Mapping[str, Any]) -> str:
    """The start script of a node. It ends with status 0 when every prompt of the node is usable."""
    lines = ["set -e", "umask 022", "mkdir -p /run/lock"]
    if daemon_lines := DAEMON_LINES.get(spec["kind"]):
        lines += daemon_lines(spec)
    if spec.get("again"):  # with saved work, a start command may find its work already done, or undone on purpose
        return "\n".join([*lines, "set +e", *spec["start"], "exit 0"]) + "\n"
    lines += spec["start"]
    return "\n".join(lines) + "\n"


@functools.cache
def modules() -> Mapping[str, str]:
    """The options that load FRR's modules, by daemon. SNMP is in the image of a flavour only, and does nothing until configured."""
    options = {"bgpd": "-M rpki -M bmp"}
    for file in Path(IMAGE).glob("usr/lib/*/frr/modules/*_snmp.so"):
        name = file.name.removesuffix("_snmp.so")
        options[name] = f"{options.get(name, '')} -M snmp".strip()
    return options


def _frr(spec: Mapping[str, Any]) -> list[str]:
    names = [*ALWAYS_RUNNING, *(name for name in spec["daemons"] if name not in ALWAYS_RUNNING)]
    configured = any(file["path"] == FRR_CONFIGURATION for file in spec["files"])
    read_configuration = "vtysh -b" if configured else ""
    # The configuration that FRR ran when the work was saved, whatever its file says
    if running := spec.get("running"):
        read_configuration = f"vtysh -f {running} || :"
    options = modules()
    start = {name: f"/usr/lib/frr/{name} -d -A 127.0.0.1 -P 0 {options.get(name, '')} </dev/null" for name in names}
    enabled = "".join(f"{name}=yes\\n" for name in names if name not in ALWAYS_RUNNING)
    return [
        # All routers run these programs at once while learners wait, so each program counts.
        "mkdir -p /run/frr /var/lib/frr",
        "" if configured else ": > /etc/frr/frr.conf",
        "chown frr:frr /run/frr /var/lib/frr /etc/frr/frr.conf",
        "chmod 640 /etc/frr/frr.conf",
        f"printf '{enabled}vtysh_enable=yes\\n' > /etc/frr/daemons",
        f"{start['mgmtd']}",
        f"{start['zebra']}",
        # The other daemons need zebra only. Started in parallel, they take the time of the slowest.
        *(f"{start[name]} & p_{name}=$!" for name in names if name not in ("mgmtd", "zebra")),
        *(f"wait $p_{name}" for name in names if name not in ("mgmtd", "zebra")),
        # Reading a configuration takes longer than starting a daemon, so a router without one skips it.
        read_configuration,
    ]


def _bird(_spec: Mapping[str, Any]) -> list[str]:
    return [
        "mkdir -p /run/bird",
        "chown bird:bird /run/bird",
        "if [ -s /etc/bird/bird.conf ]; then /usr/sbin/bird -u bird -g bird </dev/null; fi",
    ]


# By the kind of a node: the lines that start its routing daemons
DAEMON_LINES: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {"frr": _frr, "bird": _bird}


def put_files(space: NodeSpace, files: list[Mapping[str, Any]]) -> None:
    """Write the lab's start files into the node, before any of its processes run."""
    for file in files:
        parts = [part for part in file["path"].split("/") if part]
        folder = space.open("/", os.O_PATH | os.O_DIRECTORY)
        try:
            for part in parts[:-1]:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, 0o755, dir_fd=folder)
                inner = os.open(part, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
                os.close(folder)
                folder = inner
            mode = 0o755 if file["executable"] else 0o644
            handle = os.open(
                parts[-1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, mode, dir_fd=folder
            )
            with os.fdopen(handle, "wb") as out:
                out.write(bytes.fromhex(file["content"]))
        finally:
            os.close(folder)


async def start(space: NodeSpace, spec: Mapping[str, Any], seconds: float = START_TIME) -> int:
    """Run the start script and return its status. Raises NotStarted when it has not ended after so many seconds.

    Authors are promised bash for their start commands. Without any, sh starts our own lines with less CPU.
    """
    pid = run_script(space, start_script(spec), LOG, shell="/bin/bash" if spec["start"] else "/bin/sh")
    try:
        async with asyncio.timeout(seconds):
            return await exit_status(pid)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        await exit_status(pid)
        raise NotStarted(f"{space.name} did not start within {seconds:.0f} seconds.") from None


def run_script(space: NodeSpace, script: str, path: str, *, shell: str = "/bin/bash") -> int:
    """Run a script in the node; returns the pid to wait for.

    Its output goes to a file in /run, because daemons would keep a pipe open.
    """
    null = space.open("/dev/null", os.O_RDWR)
    log = space.open("/run", os.O_PATH | os.O_DIRECTORY)
    out = os.open(
        path.rsplit("/", 1)[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=log
    )
    try:
        return space.spawn([shell, "-c", script], null, out, out)
    finally:
        for handle in (null, log, out):
            os.close(handle)


def start_log(space: NodeSpace, path: str = LOG) -> str:
    """The last lines that the start script printed, or another one, for the error message."""
    try:
        handle = space.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return ""
    try:
        text = os.read(handle, 65_536).decode(errors="replace").strip()
    except OSError:
        return ""
    finally:
        os.close(handle)
    return shlex.join(text.splitlines()[-3:]) if text else ""
