"""The bounds of all labs together: the memory for labs, of their expected use; and a ceiling, of their memory limits.

Few labs reach their limit at the same time. So the ceiling is ``VAKA_LAB_OVERCOMMIT`` times the memory for labs.
"""

from dataclasses import dataclass

from django.conf import settings

from labs.models import Host


@dataclass(frozen=True, slots=True, order=True)
class Memory:
    """Bytes: the expected use of labs, and their memory limits."""

    use: int = 0
    limit: int = 0

    def __add__(self, other: "Memory") -> "Memory":
        return Memory(self.use + other.use, self.limit + other.limit)

    def __sub__(self, other: "Memory") -> "Memory":
        return Memory(self.use - other.use, self.limit - other.limit)

    def covers(self, other: "Memory") -> bool:
        return self.use >= other.use and self.limit >= other.limit


def memory_for_labs(bytes_for_labs: int) -> Memory:
    """Return what labs may add up to with so many bytes for them: their expected use, and their limits."""
    return Memory(bytes_for_labs, round(bytes_for_labs * settings.LAB_OVERCOMMIT))


def host_memory(host: Host) -> Memory:
    """Return what labs may add up to on a host."""
    return memory_for_labs(host.memory)
