"""The floor of grading: the same probes without our path. It runs alone in the lab's container (rigs.bench.grading).

Argument: JSON with ``nodes`` (pid by name), ``probes`` and ``passes``; prints the seconds of each pass, by its own clock.
Standard library only.
"""

import ctypes
import json
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

AT_ONCE = 24
libc = ctypes.CDLL(None, use_errno=True)
here = os.open("/proc/self/ns/net", os.O_RDONLY)
entering = threading.Lock()


def run(pid: int, *command: str) -> bytes:
    done = subprocess.run(["nsenter", f"--net=/proc/{pid}/ns/net", *command], capture_output=True, check=True)
    return done.stdout


def socket_of(pid: int, kind: int) -> socket.socket:
    """Return a socket in the node's network. A thread can enter a network namespace of its own."""
    there = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    with entering:
        libc.setns(there, 0x40000000)
        made = socket.socket(socket.AF_INET6, kind)
        libc.setns(here, 0x40000000)
    os.close(there)
    return made


def ip(pids: dict[str, int], probe: dict[str, Any]) -> Any:
    return json.loads(run(pids[probe["node"]], "ip", "-j", *probe["args"]) or b"[]")


def vty(pids: dict[str, int], probe: dict[str, Any]) -> list[str]:
    with socket.socket(socket.AF_UNIX) as there:
        there.connect(f"/proc/{pids[probe['node']]}/root/run/frr/{probe['daemon']}.vty")
        outputs = []
        for command in ("enable", *probe["commands"]):
            there.sendall(command.encode() + b"\0")
            said = bytearray()
            while said[-4:-1] != b"\0\0\0":
                said += there.recv(65_536)
            outputs.append(bytes(said[:-4]).decode())
        return outputs[1:]


def sysctl(pids: dict[str, int], probe: dict[str, Any]) -> bytes:
    return run(pids[probe["node"]], "cat", "/proc/sys/" + probe["key"].replace(".", "/"))


def ping(pids: dict[str, int], probe: dict[str, Any]) -> bytes:
    paced = ["-c", str(probe["count"]), "-i", str(probe["interval"]), "-W", str(probe["seconds"])]
    return run(pids[probe["node"]], "ping", "-6", "-n", *paced, probe["dst"])


def flow(pids: dict[str, int], probe: dict[str, Any]) -> bytes:
    with (
        socket_of(pids[probe["to"]], socket.SOCK_STREAM) as receiver,
        socket_of(pids[probe["node"]], socket.SOCK_STREAM) as sender,
    ):
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        receiver.bind(("::", probe["port"]))
        receiver.listen(1)
        sender.connect((probe["dst"], probe["port"]))
        sender.sendall(b"0123456789abcdef")
        with receiver.accept()[0] as accepted:
            return accepted.recv(64)


HOW = {"ip": ip, "vty": vty, "sysctl": sysctl, "ping": ping, "flow": flow}


def main(told: dict[str, Any]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in range(told["passes"]):
            began = time.monotonic()
            list(pool.map(lambda probe: HOW[probe["ask"]](told["nodes"], probe), told["probes"]))
            sys.stdout.write(f"{time.monotonic() - began}\n")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
