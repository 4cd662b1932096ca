"""Limits the memory of TCP and UDP socket queues on a machine with cgroup v1.

There it is not part of the container's memory limit, and the engine's API cannot limit it. With cgroup v2 it is part of the
container's memory, and there is nothing to do.
"""

from contextlib import suppress
from itertools import chain
from pathlib import Path

MEMORY = Path("/sys/fs/cgroup/memory")
SITE_VARIABLE = "VAKA_SITE"  # in the environment of a container: the site that it belongs to
LIMIT = "memory.kmem.tcp.limit_in_bytes"
MOST_PROCESSES = 5  # whose environment is read each time
# A new container is read each time at first, for so many times; later once in so many times, as it may be ours and slow
OFTEN, RARELY = (60, 20)
SOCKET_MEMORY = 32 << 20  # bytes, in addition to the container's memory


def is_bounded_apart() -> bool:
    """Whether this server bounds the queues of TCP and UDP apart from a container's memory: it has cgroup v1."""
    return (MEMORY / LIMIT).exists()


def limit_sockets(container: str) -> bool:
    """Set the limit of one container, as root on the engine's machine. Return False if that is not possible or not needed.

    The engine's API has an option for it (KernelMemoryTCP), but runc ignores it.
    """
    for group in (MEMORY / "docker" / container, MEMORY / "system.slice" / f"docker-{container}.scope"):
        with suppress(OSError):
            (group / LIMIT).write_text(str(SOCKET_MEMORY))
            return True
    return False


class SocketMemoryGuard:
    """Sets the limit of each new lab of a site. It runs as root, for workers that are not root and cannot write there."""

    def __init__(self, site: str, memory: Path = MEMORY, processes: Path = Path("/proc")) -> None:
        self.mark, self.memory, self.processes = f"{SITE_VARIABLE}={site}\0".encode(), memory, processes
        self.readings: dict[Path, int] = {}  # how often we have read each container that is not limited
        self.limited: set[Path] = set()

    @property
    def is_needed(self) -> bool:
        """Whether this server has cgroup v1."""
        return (self.memory / LIMIT).exists()

    def limit_new(self) -> None:
        """Limit new containers. The engine's own program runs first in a container, so we read its processes more than once."""
        groups = set(chain(self.memory.glob("docker/*/"), self.memory.glob("system.slice/docker-*.scope/")))
        self.limited &= groups
        self.readings = {group: self.readings.get(group, 0) + 1 for group in groups - self.limited}
        for group, times in self.readings.items():
            if (times <= OFTEN or times % RARELY == 0) and self._limit(group):
                self.limited.add(group)

    def _limit(self, group: Path) -> bool:
        """Limit a container if it belongs to the site. Return whether it does."""
        with suppress(OSError):
            for process in (group / "cgroup.procs").read_text().split()[:MOST_PROCESSES]:
                if self.mark in (self.processes / process / "environ").read_bytes():
                    (group / LIMIT).write_text(str(SOCKET_MEMORY))
                    return True
        return False
