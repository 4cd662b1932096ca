"""The queue for labs: the sessions that wait, those that are admitted, and the expected wait.

A session is admitted when its lab's cost fits into the free capacity: the memory that it is expected to use, the memory
that it may use at most, and the CPU of its start. The order is strict: sessions that were put first, then by time of the
request. So a large lab does not starve behind small ones. The others pass only a session whose lab needs an image that is not
built yet. Nothing here enqueues tasks: callers start what was admitted.
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
from labs.capacity.built_flavours import BuiltFlavours, flavour_of
from labs.capacity.free_capacity import FreeCapacity, held_by, lifetime_of
from labs.models import Host, LabSession, State, WrongState

PUBLISHED = 200  # how many waiting sessions learn their place when the queue moves


def admit() -> list[LabSession]:
    """Admit sessions in order, until one does not fit. Return them, to be started, and pooled labs to be stopped for them."""
    now, moved = timezone.now(), list[LabSession]()
    if not LabSession.objects.waiting().exists():
        return moved
    with transaction.atomic():
        free, images = FreeCapacity(Host.locked(), now), BuiltFlavours()
        for session in LabSession.objects.waiting()[:PUBLISHED]:
            if not images.has_or_wants(flavour_of(session)):
                continue
            cost = free.cost_of(session)
            if lacking := free.lacks(session, cost):
                if session.learner_id is not None:
                    moved += pool.give_back(lacking - free.freed)
                break
            if not free.has_cpu_for(cost):
                break
            fields = {"admitted_at": now, "memory_limit": cost.limit}
            if LabSession.objects.waiting().filter(pk=session.pk).update(**fields):
                session.admitted_at, session.memory_limit = now, cost.limit
                free.take(session, cost)
                moved.append(session)
                events.publish(session.pk, "queue", place=0)
    return moved


def put_back(session: LabSession) -> None:
    """Give a session its place in the queue again, because its start could not be enqueued."""
    mine = LabSession.objects.filter(pk=session.pk, generation=session.generation, state=State.REQUESTED)
    mine.update(admitted_at=None)


class OthersWait(Exception):
    """A session that must not be passed waits before this one."""


def put_first(session: LabSession, among: QuerySet[LabSession] | None = None) -> None:
    """Put a session before all others in the queue; with AMONG, only before those.

    Raises WrongState if it does not wait any more. Raises OthersWait if a session that is not AMONG them waits before it:
    an instructor cannot pass other classes.
    """
    with transaction.atomic():
        Host.locked()
        if among is not None and _others_wait_before(session, among):
            raise OthersWait(str(session))
        highest = LabSession.objects.waiting().aggregate(highest=Max("priority"))["highest"] or 0
        if not LabSession.objects.waiting().filter(pk=session.pk).update(priority=max(0, highest) + 1):
            raise WrongState(f"{session} does not wait.")


def _others_wait_before(session: LabSession, among: QuerySet[LabSession]) -> bool:
    waiting = list(LabSession.objects.waiting().exclude(learner=None).values_list("pk", flat=True))
    before = waiting[: waiting.index(session.pk)] if session.pk in waiting else []
    return among.filter(pk__in=before).count() < len(before)


@dataclass(frozen=True, slots=True)
class Wait:
    """A place in the queue, and the expected wait. ``until``: no memory is free before a lab ends, at this time at the latest."""

    place: int
    seconds: int
    until: datetime | None = None

    @property
    def minutes(self) -> int:
        return math.ceil(self.seconds / 60)

    def as_json(self) -> dict[str, Any]:
        return {"place": self.place, "seconds": self.seconds, "until": self.until.isoformat() if self.until else None}


def waits() -> Iterator[tuple[LabSession, Wait]]:
    """Yield all waiting sessions in order, with the expected wait of each.

    CPU: the work of the starts before it and its own, over the cores. Memory: when the next sessions to end have given
    enough back.
    """
    waiting = list(LabSession.objects.waiting().select_related("learner"))
    if not waiting:
        return
    host, now = Host.known(), timezone.now()
    free = FreeCapacity(host, now)
    free.memory += free.freed + free.pooled
    until: datetime | None = None
    for place, session in enumerate(waiting, 1):
        cost = free.cost_of(session)
        while not (free.memory + held_by(session)).covers(cost.both) and free.ends:
            until, given_back = heappop(free.ends)
            free.memory += given_back
        free.take(session, cost)
        heappush(free.ends, ((until or now) + lifetime_of(session), cost.both))
        yield session, Wait(place, math.ceil(max(free.work / host.cores, cost.seconds)), until)


def wait_of(session: LabSession) -> Wait | None:
    """Return the session's place in the queue, or None if it does not wait."""
    return next((wait for waiting, wait in waits() if waiting.pk == session.pk), None)


def publish_places() -> None:
    """Tell the pages of waiting sessions their place."""
    for number, (session, wait) in enumerate(waits()):
        if number >= PUBLISHED:
            break
        events.publish(session.pk, "queue", **wait.as_json())
