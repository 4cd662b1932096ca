"""The memory and the cores of this server that labs may use, within the limits of our own cgroup."""

import json
import os
from contextlib import suppress
from pathlib import Path

from labs.engine.shared import pace as slowness

MB = 1 << 20
CGROUP = Path("/sys/fs/cgroup")
RESERVE_MB = 1536  # for the site, the engine and the system; on a small machine at most a quarter


def lab_memory_mb() -> int:
    """Return the memory that all labs may use together."""
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
    """Return the factor by which this server is slow, as set-up measured it, and pass it on to child processes."""
    if not os.environ.get(slowness.VARIABLE):
        with suppress(OSError, ValueError, KeyError, TypeError):
            os.environ[slowness.VARIABLE] = str(float(json.loads((state / "host" / "pace.json").read_text())["pace"]))
    return slowness.factor()


def _number(file: Path) -> int:
    """Return the number in the file; 0, meaning no limit, if there is none."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return 0
