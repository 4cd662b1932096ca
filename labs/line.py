"""The line before the labs: who waits, whom there is room for, and how long it takes.

Who asks for a lab is let in when what it costs fits beside all that run: its memory, and the CPU of its start. The order is strict
(first whom staff put first, then who came first), so that no big lab starves behind small ones. Nothing here enqueues: to start who
was let in is for the caller.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from labs import events, published
from labs.costs import Cost, Costs, Host
from labs.engine.spec import Lab
from labs.models import LabSession, State

BUSY = (
    1.5  # so many times its cores the machine starts labs at once: a start also waits, for its network and its engine
)
YOUNG = timedelta(seconds=15)  # a start that takes longer hangs, or its worker is gone; it keeps no CPU from others
TOLD = 200  # how many of those who wait are told when the line moves


class Room:
    """What the machine has left, as rows say it."""

    def __init__(self, host: Host, now: datetime) -> None:
        self.costs = Costs()
        self.memory, self.cores = host.memory, host.cores * BUSY
        self.starts = settings.LAB_STARTS_AT_ONCE
        self.ends: list[tuple[datetime, int]] = []  # when a session ends at the latest, and what it gives back
        self.work = 0.0  # CPU-seconds of the starts that go on
        self.is_empty = True
        inside = LabSession.objects.live().filter(Q(admitted_at__isnull=False) | ~Q(state=State.REQUESTED))
        fields = ("lab", "lab_version", "state", "state_at", "admitted_at", "ends_at")
        for session in inside.only(*fields).order_by("ends_at"):
            self._holds(session, now)

    def _holds(self, session: LabSession, now: datetime) -> None:
        cost = self.cost_of(session)
        self.is_empty = False
        self.memory -= cost.memory
        if session.state == State.READY and session.ends_at:
            self.ends.append((session.ends_at, cost.memory))
        elif session.state in (State.REQUESTED, State.STARTING):
            begun = max(session.admitted_at or session.state_at, session.state_at)
            if now - begun < YOUNG:
                self.cores -= cost.cores
                self.starts -= 1
                self.work += cost.cpu / 2  # half of it is done, we guess

    def cost_of(self, session: LabSession) -> Cost:
        return self.costs.of(session.lab, session.lab_version, _spec(session))

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


def _spec(session: LabSession) -> Lab | None:
    try:
        return published.of(session)
    except published.NoSuchLab:
        return None


def admit() -> list[LabSession]:
    """Let in who fits, in order, until one does not; return them, for the caller to start."""
    now, let_in = timezone.now(), []
    if not LabSession.objects.waiting().exists():
        return []
    with transaction.atomic():
        room = Room(Host.locked(), now)
        for session in LabSession.objects.waiting()[:TOLD]:
            cost = room.cost_of(session)
            if not (room.has_memory_for(cost) and room.has_cpu_for(cost)):
                break
            if LabSession.objects.waiting().filter(pk=session.pk).update(admitted_at=now):
                session.admitted_at = now
                room.take(cost)
                let_in.append(session)
                events.publish(session.pk, "line", place=0)
    return let_in


def put_back(session: LabSession) -> None:
    """Give somebody his place in line again: his start could not be passed on."""
    mine = LabSession.objects.filter(pk=session.pk, generation=session.generation, state=State.REQUESTED)
    mine.update(admitted_at=None)


def put_first(session: LabSession) -> bool:
    """Put somebody before all others who wait; False if he does not wait any more."""
    with transaction.atomic():
        Host.locked()
        highest = LabSession.objects.waiting().aggregate(highest=Max("priority"))["highest"] or 0
        moved = LabSession.objects.waiting().filter(pk=session.pk).update(priority=max(0, highest) + 1)
    return bool(moved)


@dataclass(frozen=True, slots=True)
class Wait:
    """A place in line: its number, and how long it takes. ``until``: there is no memory before a lab ends, then at the latest."""

    place: int
    seconds: int
    until: datetime | None = None

    @property
    def minutes(self) -> int:
        return math.ceil(self.seconds / 60)

    @property
    def facts(self) -> dict[str, Any]:
        return {"place": self.place, "seconds": self.seconds, "until": self.until.isoformat() if self.until else None}


def waits() -> Iterator[tuple[LabSession, Wait]]:
    """Everybody who waits, in order, and how long each has to.

    CPU: the work before him and his own, over the cores. Memory: when the sessions that end next have given back enough.
    """
    waiting = list(LabSession.objects.waiting())
    if not waiting:
        return
    host = Host.objects.first() or Host.is_here()
    room = Room(host, timezone.now())
    until: datetime | None = None
    for place, session in enumerate(waiting, 1):
        cost = room.cost_of(session)
        while room.memory < cost.memory and room.ends:
            until, given_back = room.ends.pop(0)
            room.memory += given_back
        room.take(cost)
        yield session, Wait(place, math.ceil(max(room.work / host.cores, cost.seconds)), until)


def wait_of(session: LabSession) -> Wait | None:
    """The session's place in line, or None if it is not in it: its turn has come."""
    return next((wait for waiting, wait in waits() if waiting.pk == session.pk), None)


def tell() -> None:
    """Tell those who wait where they are now."""
    for number, (session, wait) in enumerate(waits()):
        if number >= TOLD:
            break
        events.publish(session.pk, "line", **wait.facts)
