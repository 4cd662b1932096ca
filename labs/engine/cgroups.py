"""What cgroup v1 does not charge to a container and the engine's API cannot bound: the queues of TCP and UDP sockets.

With cgroup v2 they count as the container's memory, and there is nothing to do.
"""

from contextlib import suppress
from pathlib import Path

MEMORY = Path("/sys/fs/cgroup/memory")
SOCKET_MEMORY = 32 << 20  # bytes, beside the container's own


def bound_sockets(container: str) -> bool:
    """Bound them, as root on the engine's own machine; False where that cannot be done, or is not needed.

    The engine has a word for it (KernelMemoryTCP), which runc takes no notice of.
    """
    for group in (MEMORY / "docker" / container, MEMORY / "system.slice" / f"docker-{container}.scope"):
        with suppress(OSError):
            (group / "memory.kmem.tcp.limit_in_bytes").write_text(str(SOCKET_MEMORY))
            return True
    return False
