"""The names of the processes of each node, from the supervisor's own /proc: the learner cannot change what it shows."""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from labs.supervisor.asks import Answer, answers
from labs.supervisor.node import NodeSpace

FRESH = 0.05  # seconds: all nodes are asked at once, and one walk through /proc answers them all
MOST = 2000  # names of one node

_seen: tuple[float, Mapping[str, list[str]]] = (-FRESH, {})


@answers("processes")
async def _processes(space: NodeSpace, ask: Mapping[str, Any], _: Callable[[str], NodeSpace]) -> Answer:
    global _seen
    if time.monotonic() - _seen[0] >= FRESH:
        _seen = (time.monotonic(), names_by_namespace())
    return {"names": sorted(_seen[1].get(os.readlink(f"/proc/{space.pid}/ns/pid"), []))[:MOST]}


def names_by_namespace(proc: Path = Path("/proc")) -> Mapping[str, list[str]]:
    """Return the names of all processes that can be seen, by their pid namespaces."""
    found: dict[str, list[str]] = {}
    for entry in proc.iterdir():
        if entry.name.isdigit():
            try:
                found.setdefault(os.readlink(entry / "ns/pid"), []).append((entry / "comm").read_text().strip())
            except OSError:  # it has ended
                continue
    return found
