"""The free capacity of the host, by the rows of the sessions: its memory less that of running labs, its CPU less that of starts.

Memory is counted in two ways: the expected use of all labs, and the most that they may use.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from heapq import heappush

from django.conf import settings

from labs.capacity.costs import EMPTY_CONTAINER, Cost, Costs
from labs.capacity.overcommit import Memory, host_memory
from labs.engine.definition.spec import Lab
from labs.engine.runtime.memory_limit import UNMEASURED
from labs.engine.shared import pace
from labs.models import Host, LabSession, State
from labs.models.host import MB
from labs.registry import versions

# Starts may need this many times the machine's cores at once: a start also waits, for its network and for the engine
BUSY = 2.0
# A start that takes longer hangs, or its worker is gone. It is not counted as using CPU
YOUNG = timedelta(seconds=pace.seconds(15))


class FreeCapacity:
    """The free capacity at one moment. Admission reads it under the host's lock; pages read it as information."""

    def __init__(self, host: Host, now: datetime) -> None:
        self.costs = Costs()
        self.host = host
        self.total = host_memory(host)
        self.memory, self.cores = self.total, host.cores * BUSY
        self.starts = settings.LAB_STARTS_AT_ONCE
        self.is_empty = True
        self.freed = Memory()  # of sessions that are stopping
        self.pooled = Memory()  # of sessions in the pool
        # A heap: when each session ends at the latest, and what it gives back
        self.ends: list[tuple[datetime, Memory]] = []
        self.work = 0.0  # CPU-seconds of the starts that are under way
        # A waiting session with an empty container from the pool holds that container's memory already
        holding = LabSession.objects.live().exclude(state=State.REQUESTED, admitted_at=None, container="")
        fields = ("lab", "lab_version", "state", "state_at", "admitted_at", "ends_at", "memory_limit", "container")
        for session in holding.only(*fields):
            self._count(session, now)

    def _count(self, session: LabSession, now: datetime) -> None:
        if session.state == State.REQUESTED and session.admitted_at is None:
            self.memory -= held_by(session)
            return
        cost = self.costs.of(session.lab, session.lab_version, lambda: _spec(session))
        memory = Memory(cost.memory, session.memory_limit or UNMEASURED * MB)
        self.is_empty = False
        self.memory -= memory
        if session.state == State.STOPPING:
            self.freed += memory
        elif session.state == State.POOLED:
            self.pooled += memory
        else:
            heappush(self.ends, (session.ends_at or now + lifetime_of(session), memory))
            if session.state != State.READY:
                self._count_start(session, cost, now)

    def _count_start(self, session: LabSession, cost: Cost, now: datetime) -> None:
        if now - max(session.admitted_at or session.state_at, session.state_at) < YOUNG:
            self.cores -= cost.cores
            self.starts -= 1
            self.work += cost.cpu / 2  # on average half of it is done

    def cost_of(self, session: LabSession) -> Cost:
        """Return the cost of a waiting session. If it exceeds the host, the session runs alone, limited to what the host has."""
        cost = self.costs.with_limit(session.lab, session.lab_version, lambda: _spec(session))
        most = (self.memory + held_by(session)).limit if self.is_empty else self.total.limit
        return replace(cost, limit=min(cost.limit, most))

    def has_cpu_for(self, cost: Cost) -> bool:
        """Whether the start can begin now. It always can while no other start runs; otherwise a large lab could never start."""
        idle = self.starts == settings.LAB_STARTS_AT_ONCE
        return idle or (self.starts > 0 and self.cores >= cost.cores)

    def lacks(self, session: LabSession, cost: Cost) -> Memory | None:
        """Return the memory that is missing for this session; None if it fits. A lone session may need more than there is."""
        left = self.memory + held_by(session)
        if left.limit >= cost.limit and (self.is_empty or left.use >= cost.memory):
            return None
        return cost.both - left

    def take(self, session: LabSession, cost: Cost) -> None:
        self.memory -= cost.both - held_by(session)
        self.cores -= cost.cores
        self.starts -= 1
        self.work += cost.cpu
        self.is_empty = False


def held_by(session: LabSession) -> Memory:
    """Return the memory that a waiting session holds already: that of its empty container from the pool, or 0."""
    return EMPTY_CONTAINER.both if session.container else Memory()


def lifetime_of(session: LabSession) -> timedelta:
    """Return how long a session runs once it is ready, without extensions."""
    spec = _spec(session)
    return timedelta(minutes=(spec.minutes if spec else 60) + settings.LAB_SPARE_MINUTES)


def _spec(session: LabSession) -> Lab | None:
    try:
        return versions.version(session.lab, session.lab_version)
    except versions.NoSuchLab:
        return None
