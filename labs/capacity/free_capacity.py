"""What the computer has left for labs, as rows say it: memory beside all that run, CPU beside the starts that go on.

Memory is held twice: what labs are expected to use, and what they may use at most, whatever their learners do.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from heapq import heappush

from django.conf import settings

from labs.engine.definition.spec import Lab
from labs.engine.runtime.memory_limit import UNMEASURED
from labs.models import LabSession, State
from labs.models.lab_cost import EMPTY, MB, Cost, Costs, Host, Memory
from labs.registry import versions

# So many times its cores the machine starts labs at once: a start also waits, for its network and its engine
BUSY = 2.0
YOUNG = timedelta(seconds=15)  # a start that takes longer hangs, or its worker is gone; it keeps no CPU from others


class Room:
    """The room now. It is looked at under the host's lock, or as news for people."""

    def __init__(self, host: Host, now: datetime) -> None:
        self.costs = Costs()
        self.host = host
        self.memory, self.cores = host.room, host.cores * BUSY
        self.starts = settings.LAB_STARTS_AT_ONCE
        self.is_empty = True
        self.freed = Memory()  # of what is being put away
        self.pooled = Memory()  # of what waits in the pool
        self.ends: list[
            tuple[datetime, Memory]
        ] = []  # a heap: when a session ends at the latest, and what it gives back
        self.work = 0.0  # CPU-seconds of the starts that go on
        # Who waits with an empty container from the pool has that already
        inside = LabSession.objects.live().exclude(state=State.REQUESTED, admitted_at=None, container="")
        fields = ("lab", "lab_version", "state", "state_at", "admitted_at", "ends_at", "memory_limit", "container")
        for session in inside.only(*fields):
            self._holds(session, now)

    def _holds(self, session: LabSession, now: datetime) -> None:
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
            heappush(self.ends, (session.ends_at or now + life_of(session), memory))
            if session.state != State.READY:
                self._starts(session, cost, now)

    def _starts(self, session: LabSession, cost: Cost, now: datetime) -> None:
        if now - max(session.admitted_at or session.state_at, session.state_at) < YOUNG:
            self.cores -= cost.cores
            self.starts -= 1
            self.work += cost.cpu / 2  # half of it is done, we guess

    def cost_of(self, session: LabSession) -> Cost:
        """What a session that waits takes. One that wants more than there is runs alone, and may use what there is."""
        cost = self.costs.with_limit(session.lab, session.lab_version, lambda: _spec(session))
        most = (self.memory + held_by(session)).limit if self.is_empty else self.host.room.limit
        return replace(cost, limit=min(cost.limit, most))

    def has_cpu_for(self, cost: Cost) -> bool:
        """Whether its start can begin now; one can always, or a big one never would."""
        idle = self.starts == settings.LAB_STARTS_AT_ONCE
        return idle or (self.starts > 0 and self.cores >= cost.cores)

    def lacks(self, session: LabSession, cost: Cost) -> Memory | None:
        """What there is too little of for this session; None if it fits. What is expected may be too much for one that is alone."""
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
    """What one that waits has already: an empty container from the pool, or nothing."""
    return EMPTY.both if session.container else Memory()


def life_of(session: LabSession) -> timedelta:
    """How long it may run once it is ready, if nobody puts its end off."""
    spec = _spec(session)
    return timedelta(minutes=(spec.minutes if spec else 60) + settings.LAB_SPARE_MINUTES)


def _spec(session: LabSession) -> Lab | None:
    try:
        return versions.version(session.lab, session.lab_version)
    except versions.NoSuchLab:
        return None
