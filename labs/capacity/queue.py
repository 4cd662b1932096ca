"""The line before the labs: who waits, whom there is room for, and how long it takes.

Who asks for a lab is let in when what it costs fits beside all that run: the memory that it is expected to use, the memory that it
may use at most, and the CPU of its start. The order is strict
(first whom staff put first, then who came first), so that no big lab starves behind small ones. Nothing here enqueues: to start who
was let in is for the caller.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from labs import events
from labs.capacity import pool
from labs.capacity.free_capacity import Room, held_by, life_of
from labs.models import LabSession, State
from labs.models.lab_cost import Host

TOLD = 200  # how many of those who wait are told when the line moves


def admit() -> list[LabSession]:
    """Let in who fits, in order, until one does not; return them, to be started, and what of the pool makes room, to be stopped."""
    now, moved = timezone.now(), list[LabSession]()
    if not LabSession.objects.waiting().exists():
        return moved
    with transaction.atomic():
        room = Room(Host.locked(), now)
        for session in LabSession.objects.waiting()[:TOLD]:
            cost = room.cost_of(session)
            if lacking := room.lacks(session, cost):
                if session.learner_id is not None:
                    moved += pool.give_back(lacking - room.freed)
                break
            if not room.has_cpu_for(cost):
                break
            turn = {"admitted_at": now, "memory_limit": cost.limit}
            if LabSession.objects.waiting().filter(pk=session.pk).update(**turn):
                session.admitted_at, session.memory_limit = now, cost.limit
                room.take(session, cost)
                moved.append(session)
                events.publish(session.pk, "line", place=0)
    return moved


def put_back(session: LabSession) -> None:
    """Give somebody his place in line again: his start could not be passed on."""
    mine = LabSession.objects.filter(pk=session.pk, generation=session.generation, state=State.REQUESTED)
    mine.update(admitted_at=None)


class OthersWait(Exception):
    """Somebody whom one may not pass waits before the session."""


def put_first(session: LabSession, among: QuerySet[LabSession] | None = None) -> bool:
    """Put a session before all others that wait; False if it does not wait any more.

    AMONG: only before these. OthersWait if another one is before it: who teaches one class passes no other class.
    """
    with transaction.atomic():
        Host.locked()
        if among is not None and _others_wait_before(session, among):
            raise OthersWait(str(session))
        highest = LabSession.objects.waiting().aggregate(highest=Max("priority"))["highest"] or 0
        moved = LabSession.objects.waiting().filter(pk=session.pk).update(priority=max(0, highest) + 1)
    return bool(moved)


def _others_wait_before(session: LabSession, among: QuerySet[LabSession]) -> bool:
    waiting = list(LabSession.objects.waiting().exclude(learner=None).values_list("pk", flat=True))
    before = waiting[: waiting.index(session.pk)] if session.pk in waiting else []
    return among.filter(pk__in=before).count() < len(before)


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
    waiting = list(LabSession.objects.waiting().select_related("learner"))
    if not waiting:
        return
    host, now = Host.known(), timezone.now()
    room = Room(host, now)
    room.memory += room.freed + room.pooled
    until: datetime | None = None
    for place, session in enumerate(waiting, 1):
        cost = room.cost_of(session)
        while not (room.memory + held_by(session)).covers(cost.both) and room.ends:
            until, given_back = heappop(room.ends)
            room.memory += given_back
        room.take(session, cost)
        heappush(room.ends, ((until or now) + life_of(session), cost.both))
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
