"""What this computer has for labs: its memory and cores, or the smaller part of them that we may use."""

import json
import os
from contextlib import suppress
from pathlib import Path

from labs.engine.shared import pace as slowness

MB = 1 << 20
CGROUP = Path("/sys/fs/cgroup")
RESERVE_MB = 1536  # for the site itself, the engine and the system; of a small computer at most a quarter


def room_mb() -> int:
    """Memory that labs may take."""
    memory = memory_mb()
    return memory - reserve_mb(memory)


def reserve_mb(memory: int) -> int:
    return min(RESERVE_MB, memory // 4)


def memory_mb() -> int:
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [_number(CGROUP / "memory.max"), _number(CGROUP / "memory" / "memory.limit_in_bytes")]
    return min([physical, *(limit for limit in limits if limit)]) // MB


def cores() -> int:
    return len(os.sched_getaffinity(0))


def pace(state: Path) -> float:
    """Return how slow this machine is, as set-up has measured it, and tell what we start (labs.engine.shared.pace)."""
    if not os.environ.get(slowness.VARIABLE):
        with suppress(OSError, ValueError, KeyError, TypeError):
            os.environ[slowness.VARIABLE] = str(float(json.loads((state / "host" / "pace.json").read_text())["pace"]))
    return slowness.factor()


def _number(file: Path) -> int:
    """What the file says; 0 if it is not there or says no number: then there is no limit."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return 0
