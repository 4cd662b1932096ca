"""What cgroup v1 does not charge to a container and the engine's API cannot bound: the queues of TCP and UDP sockets.

With cgroup v2 they count as the container's memory, and there is nothing to do.
"""

from contextlib import suppress
from itertools import chain
from pathlib import Path

MEMORY = Path("/sys/fs/cgroup/memory")
OF_SITE = "VAKA_SITE"  # in the environment of a container: the site that it is of
LIMIT = "memory.kmem.tcp.limit_in_bytes"
LOOKS, SEEN = 60, 5  # at a container, until it is somebody else's; processes at each
SOCKET_MEMORY = 32 << 20  # bytes, beside the container's own


def bound_sockets(container: str) -> bool:
    """Bound them, as root on the engine's own machine; False where that cannot be done, or is not needed.

    The engine has a word for it (KernelMemoryTCP), which runc takes no notice of.
    """
    for group in (MEMORY / "docker" / container, MEMORY / "system.slice" / f"docker-{container}.scope"):
        with suppress(OSError):
            (group / LIMIT).write_text(str(SOCKET_MEMORY))
            return True
    return False


class Bounds:
    """Bounds each lab of a site that appears on this machine, for workers that are not root: only root writes there."""

    def __init__(self, site: str, memory: Path = MEMORY, processes: Path = Path("/proc")) -> None:
        self.mark, self.memory, self.processes = f"{OF_SITE}={site}\0".encode(), memory, processes
        self.looks: dict[Path, int] = {}

    @property
    def are_needed(self) -> bool:
        """Whether the kernel's accounts are of the old kind."""
        return (self.memory / LIMIT).exists()

    def look(self) -> None:
        """Bound what has appeared. In a young container the engine's own program runs first: it is looked at some times."""
        groups = set(chain(self.memory.glob("docker/*/"), self.memory.glob("system.slice/docker-*.scope/")))
        self.looks = {group: looks for group, looks in self.looks.items() if group in groups}
        for group in groups:
            if self.looks.get(group, 0) < LOOKS:
                self.looks[group] = LOOKS if self._bound(group) else self.looks.get(group, 0) + 1

    def _bound(self, group: Path) -> bool:
        """Bound a container if it is one of the site's; whether it is."""
        with suppress(OSError):
            for process in (group / "cgroup.procs").read_text().split()[:SEEN]:
                if self.mark in (self.processes / process / "environ").read_bytes():
                    (group / LIMIT).write_text(str(SOCKET_MEMORY))
                    return True
        return False
