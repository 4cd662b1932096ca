"""A running lab in which attacks are made, and the bystanders that must not notice."""

import ctypes
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labs.engine.errors import EngineError
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.driver import Engine
from labs.engine.shared import pace
from rigs.audit.latency import LatencyMeter
from rigs.audit.terminal import AuditTerminal
from rigs.audit.time_limits import within

LEARNER, INSTRUCTOR, ROUTER, FAR = "h1", "i1", "r1", "b1"  # nodes
DAEMONS = ("mgmtd", "zebra", "staticd", "ospf6d")

Checks = dict[str, Callable[[], None]]


class Scene:
    """One running lab in which attacks are made."""

    def __init__(self, engine: Engine, client: LabClient) -> None:
        self.engine, self.client = engine, client
        self._terminals: list[AuditTerminal] = []
        self.latency: LatencyMeter  # set for the lab with all walls

    def terminal(self, node: str) -> AuditTerminal:
        self._terminals.append(AuditTerminal(self.client, node, f"t{len(self._terminals)}"))
        return self._terminals[-1]

    def close(self) -> None:
        for typed in self._terminals:
            typed.close()

    def run(self, node: str, line: str, seconds: float = 10) -> str:
        """Type a line on a node; returns what it printed."""
        typed = self.terminal(node)
        try:
            typed.type(f"{line} 2>&1; printf '=%s= ' end")
            return typed.until(re.compile(r"(.*?)=end= ", re.DOTALL), within(seconds))[1]
        finally:
            typed.type("exit")
            typed.close()

    def clear(self) -> None:
        """End everything that an attack has left, by a reset of its node."""
        self.client.reset(LEARNER, seconds=pace.seconds(30), on_step=lambda step, seconds: None)


class Bystanders:
    """The host's root, the second node of the attacked lab, and the other learner's lab. After each attack they must work."""

    def __init__(self, attacked: Scene, other: Scene) -> None:
        second, others = attacked.terminal(INSTRUCTOR), other.terminal("g1")
        self.strangers: Checks = {
            "the host's root": _host_root,
            "the other lab's terminal": others.echo,
            "the other lab's network": lambda: _pings(other.client, "g1", "2001:db8:9::2"),
        }
        self.neighbours: Checks = {
            "the second node's terminal": second.echo,
            "the second node's network": lambda: _pings(attacked.client, INSTRUCTOR, "2001:db8:3::2"),
            "the router's daemons": lambda: _daemons(attacked.client),
        }

    def trouble(self) -> str:
        """The parts that no longer work; empty if all works."""
        return first_trouble({**self.strangers, **self.neighbours})


def first_trouble(checks: Checks) -> str:
    for who, check in checks.items():
        try:
            check()
        except (OSError, EngineError) as error:
            return f"{who}: {error}"
    return ""


def _pings(client: LabClient, node: str, target: str) -> None:
    answer = client.ask([{"ask": "ping", "node": node, "dst": target, "count": 1, "seconds": 2}])[0]
    if not answer.get("received"):
        raise OSError(f"no answer to a ping from {node}: {answer}")


def _daemons(client: LabClient) -> None:
    """Check that FRR on the router and BIRD behind it answer."""
    questions: list[dict[str, Any]] = [
        {"ask": "vty", "node": ROUTER, "daemon": name, "commands": ["show version"]} for name in DAEMONS
    ]
    questions.append({"ask": "bird", "node": FAR, "command": "show status"})
    for answer in client.ask(questions, seconds=3):
        if not answer["ok"]:
            raise OSError(str(answer["error"]))


def _host_root() -> None:
    """Check inotify, fork, files and pseudoterminals: what the limits of one exhausted uid would take from everybody."""
    libc = ctypes.CDLL(None, use_errno=True)
    watching = libc.inotify_init1(os.O_CLOEXEC)
    if watching < 0:
        raise OSError(ctypes.get_errno(), "no inotify instance is left")
    os.close(watching)
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    with Path("/proc/self/status").open() as file:
        file.read(10)
    for end in os.openpty():
        os.close(end)
