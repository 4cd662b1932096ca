"""What the computer has left for labs, as rows say it: memory beside all that run, CPU beside the starts that go on."""

from datetime import datetime, timedelta
from heapq import heappush

from django.conf import settings
from django.db.models import Q

from labs import published
from labs.costs import Cost, Costs, Host
from labs.engine.spec import Lab
from labs.models import LabSession, State

# So many times its cores the machine starts labs at once: a start also waits, for its network and its engine
BUSY = 2.0
YOUNG = timedelta(seconds=15)  # a start that takes longer hangs, or its worker is gone; it keeps no CPU from others


class Room:
    """The room now. It is looked at under the host's lock, or as news for people."""

    def __init__(self, host: Host, now: datetime) -> None:
        self.costs = Costs()
        self.host = host
        self.memory, self.cores = host.memory, host.cores * BUSY
        self.starts = settings.LAB_STARTS_AT_ONCE
        self.is_empty = True
        self.freed = 0  # bytes of what is being put away
        self.pooled = 0  # bytes of what waits in the pool
        self.ends: list[tuple[datetime, int]] = []  # a heap: when a session ends at the latest, and what it gives back
        self.work = 0.0  # CPU-seconds of the starts that go on
        inside = LabSession.objects.live().filter(Q(admitted_at__isnull=False) | ~Q(state=State.REQUESTED))
        fields = ("lab", "lab_version", "state", "state_at", "admitted_at", "ends_at")
        for session in inside.only(*fields):
            self._holds(session, now)

    def _holds(self, session: LabSession, now: datetime) -> None:
        cost = self.cost_of(session)
        self.is_empty = False
        self.memory -= cost.memory
        if session.state == State.STOPPING:
            self.freed += cost.memory
        elif session.state == State.POOLED:
            self.pooled += cost.memory
        else:
            heappush(self.ends, (session.ends_at or now + life_of(session), cost.memory))
            if session.state != State.READY:
                self._starts(session, cost, now)

    def _starts(self, session: LabSession, cost: Cost, now: datetime) -> None:
        if now - max(session.admitted_at or session.state_at, session.state_at) < YOUNG:
            self.cores -= cost.cores
            self.starts -= 1
            self.work += cost.cpu / 2  # half of it is done, we guess

    def cost_of(self, session: LabSession) -> Cost:
        return self.costs.of(session.lab, session.lab_version, lambda: _spec(session))

    def has_cpu_for(self, cost: Cost) -> bool:
        """Whether its start can begin now; one can always, or a big one never would."""
        idle = self.starts == settings.LAB_STARTS_AT_ONCE
        return idle or (self.starts > 0 and self.cores >= cost.cores)

    def has_memory_for(self, cost: Cost) -> bool:
        return self.is_empty or self.memory >= cost.memory

    def take(self, cost: Cost) -> None:
        self.memory -= cost.memory
        self.cores -= cost.cores
        self.starts -= 1
        self.work += cost.cpu
        self.is_empty = False


def life_of(session: LabSession) -> timedelta:
    """How long it may run once it is ready, if nobody puts its end off."""
    spec = _spec(session)
    return timedelta(minutes=(spec.minutes if spec else 60) + settings.LAB_SPARE_MINUTES)


def _spec(session: LabSession) -> Lab | None:
    try:
        return published.version(session.lab, session.lab_version)
    except published.NoSuchLab:
        return None
