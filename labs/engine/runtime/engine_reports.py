"""The reports of a Docker engine: the container of a session, the resources that it uses, and old lab images."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Found:
    """A session's container, as the engine reports it."""

    container: str
    generation: int
    running: bool
    oom: bool
    created: datetime
    # Of its image (labs.engine.runtime.image). We do not compare image ids: they differ between image stores
    packages_at: datetime | None = None
    flavour: str = ""  # of its image

    def is_of_another_build(self, packages_at: datetime | None) -> bool:
        """Whether its image was built from packages of another time than this; False if either time is unknown."""
        return None not in (self.packages_at, packages_at) and self.packages_at != packages_at


@dataclass(frozen=True, slots=True)
class OldImage:
    """A lab image of another version. ``size`` counts layers that other images may share."""

    tag: str
    size: int


@dataclass(frozen=True, slots=True)
class Usage:
    """The resources that a container uses."""

    memory: int  # bytes charged to the container
    cpu: float  # seconds since its start
    sockets: int = 0  # bytes of this memory in TCP and UDP sockets (cgroup v2)
