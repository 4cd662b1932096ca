"""The memory that all labs together may take: what they are expected to use, and above it the sum of their limits.

Few labs reach their limit at the same time, so this sum may be larger than the memory for labs, by ``VAKA_LAB_OVERCOMMIT``.
"""

from dataclasses import dataclass

from django.conf import settings

from labs.models import Host


@dataclass(frozen=True, slots=True, order=True)
class Memory:
    """Bytes: those that are expected to be used, and those that may be used at most."""

    use: int = 0
    limit: int = 0

    def __add__(self, other: "Memory") -> "Memory":
        return Memory(self.use + other.use, self.limit + other.limit)

    def __sub__(self, other: "Memory") -> "Memory":
        return Memory(self.use - other.use, self.limit - other.limit)

    def covers(self, other: "Memory") -> bool:
        return self.use >= other.use and self.limit >= other.limit


def memory_for_labs(bytes_for_labs: int) -> Memory:
    """Return what labs may take of so many bytes: in expected use, and as the sum of their limits."""
    return Memory(bytes_for_labs, round(bytes_for_labs * settings.LAB_OVERCOMMIT))


def host_memory(host: Host) -> Memory:
    """Return what labs may take on a host."""
    return memory_for_labs(host.memory)
