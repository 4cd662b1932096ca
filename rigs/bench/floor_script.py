"""The floor: namespaces, links and daemons made by a bare script, all nodes in parallel. Runs alone, in a privileged container.

It stands for the least that anybody could do: no walls, no terminals, no supervisor, nothing checked. Its argument is
JSON: {"nodes": {name: [ip commands]}, "links": [ip commands with {name} for a node's pid], "start": {name: shell script}}.
It prints the seconds, and ends, or stays with "stays".
"""

import ctypes
import json
import os
import subprocess
import sys
import time
from pathlib import Path

FIRST_ID, IDS = 1_880_000_000, 65_536  # the IDs that own the files of /rootfs
MS_PRIVATE, MS_BIND, MS_REC = 1 << 18, 4096, 16384
ALL = os.CLONE_NEWUSER | os.CLONE_NEWNS | os.CLONE_NEWNET | os.CLONE_NEWUTS | os.CLONE_NEWIPC | os.CLONE_NEWPID
libc = ctypes.CDLL(None, use_errno=True)


def mount(source: str, target: str, kind: str, flags: int = 0, data: str = "") -> None:
    if libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode()):
        raise OSError(ctypes.get_errno(), f"mount {kind} on {target}")


def pid_one(name: str, commands: list[str], start: str, links_made: int) -> None:
    """Run as the node's PID 1: set up its root, then its addresses and daemons."""
    mount("", "/", "", MS_REC | MS_PRIVATE)
    mount("tmpfs", "/run", "tmpfs")
    for folder in ("upper", "work", "root"):
        Path("/run", folder).mkdir()
    mount("overlay", "/run/root", "overlay", 0, "lowerdir=/rootfs,upperdir=/run/upper,workdir=/run/work,userxattr")
    mount("proc", "/run/root/proc", "proc")
    mount("/dev", "/run/root/dev", "", MS_BIND | MS_REC)
    os.chroot("/run/root")
    os.chdir("/")
    libc.sethostname(name.encode(), len(name))
    os.read(links_made, 1)
    subprocess.run(["ip", "-batch", "-"], input="\n".join(commands), text=True, check=True)
    subprocess.run(["/bin/sh", "-c", start], stdin=subprocess.DEVNULL, check=True)


def node(name: str, commands: list[str], start: str, links_made: int) -> tuple[int, int, int]:
    """Start a node: its PID, a pipe that reports its namespaces, and one to tell it that its IDs are mapped."""
    unshared, tell_unshared = os.pipe()
    mapped, tell_mapped = os.pipe()
    child = os.fork()
    if child:
        os.close(tell_unshared)
        os.close(mapped)
        return child, unshared, tell_mapped
    status = 1
    try:
        os.close(tell_mapped)
        os.unshare(ALL)
        os.write(tell_unshared, b"x")
        os.read(mapped, 1)
        os.setresgid(0, 0, 0)
        os.setresuid(0, 0, 0)
        if os.fork():
            status = os.waitstatus_to_exitcode(os.wait()[1])
        else:
            pid_one(name, commands, start, links_made)
            os.write(1, f"up {name}\n".encode())
            while True:
                time.sleep(60)  # the daemons end with their pid 1
    finally:
        os._exit(status)


def main() -> None:
    began = time.monotonic()
    plan = json.loads(sys.argv[1])
    links_made, tell_links_made = os.pipe()
    reader, writer = os.pipe()
    seconds_to = os.dup(1)
    os.dup2(writer, 1)
    os.close(writer)
    nodes = {name: node(name, commands, plan["start"][name], links_made) for name, commands in plan["nodes"].items()}
    os.close(1)
    for child, unshared, tell_mapped in nodes.values():
        os.read(unshared, 1)
        for name in ("uid_map", "gid_map"):
            Path("/proc", str(child), name).write_text(f"0 {FIRST_ID} {IDS}\n")
        os.write(tell_mapped, b"x")
    pids = {name: child for name, (child, _, _) in nodes.items()}
    subprocess.run(["ip", "-batch", "-"], input="\n".join(plan["links"]).format(**pids), text=True, check=True)
    os.write(tell_links_made, b"x" * len(nodes))
    up = b""
    while up.count(b"\n") < len(nodes):
        received = os.read(reader, 4096)
        if not received:
            sys.exit(f"Only these came up: {up.decode()}")
        up += received
    os.write(seconds_to, f"{time.monotonic() - began:.4f}\n".encode())
    while plan.get("stays"):
        time.sleep(60)


main()
