"""Writes now and then in which labs somebody types, on which node, and at which seat of a class lab.

Idle labs are saved and stopped; others are not. Only keys count. An open page, a terminal that connects again, and the automatic
answers of a terminal do not.
"""

import asyncio
import logging
import re
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections
from django.db.models import Q
from django.utils import timezone

from labs.models import ClassSeat, LabSession, State

logger = logging.getLogger(__name__)

# Seconds between two writes for one node on which somebody types. With GATHER less than saves.BETWEEN, so that no key waits longer
# for its save
EVERY = 20.0
BURST = timedelta(
    seconds=2
)  # after so long without a key, the last one is written: a check that is requested next looks at it
GATHER = 2.0  # seconds between two rounds of writes
# Answers of a terminal to a program's query: its type, the cursor position, the focus, a colour
BY_ITSELF = re.compile(rb"(?:\x1b\[[?>=]?[\d;]*[cRnty]|\x1b\[[IO]|\x1b[\]P][^\x07\x1b]*(?:\x07|\x1b\\))+")


class Place(NamedTuple):
    """A node of a lab session."""

    session: str
    node: str


class Activity:
    """The last key on each node, and when it was written."""

    def __init__(self) -> None:
        self._typed: dict[Place, datetime] = {}  # not written yet
        self._written: dict[Place, float] = {}
        self._new = asyncio.Event()

    def typed(self, session: str, node: str, keys: bytes) -> None:
        if not BY_ITSELF.fullmatch(keys):
            place = Place(session, node)
            self._typed[place] = timezone.now()
            if place not in self._written:  # at once: a learner who stops the lab next must not lose this work
                self._new.set()

    async def run(self) -> None:
        """Write until cancelled. The last key of a burst is written, too."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._new.wait(), GATHER)
            self._new.clear()
            await self.write()

    async def write(self) -> None:
        now = time.monotonic()
        self._written = {place: at for place, at in self._written.items() if now - at < EVERY}
        ended = timezone.now() - BURST
        due = {place: at for place, at in self._typed.items() if place not in self._written or at <= ended}
        if not due:
            return
        try:
            await sync_to_async(_write)(due)
        except DatabaseError as error:
            logger.warning("The activity in labs could not be written: %s", error)
            return
        for place, at in due.items():
            self._written[place] = now
            if self._typed.get(place) == at:
                del self._typed[place]


def _write(typed: dict[Place, datetime]) -> None:
    close_old_connections()
    try:
        write_activity(typed)
    finally:
        close_old_connections()


def write_activity(typed: Mapping[Place, datetime]) -> None:
    """Write when and where the last keys were typed. A later time in a row is kept, unless it lies in the future (the clock)."""
    now = timezone.now()
    seats = _seats({UUID(place.session) for place in typed})
    for place, typed_at in typed.items():
        at, session = min(typed_at, now), UUID(place.session)
        running = LabSession.objects.filter(pk=session, state=State.READY)
        running.filter(_is_before("active_at", at, now)).update(active_at=at, active_node=place.node)
        is_older = _is_before("worked_at", at, now)
        running.filter(is_older).update(worked_at=at)
        for seat in seats.get(session, ()):
            if place.node in seat.nodes:
                ClassSeat.objects.filter(is_older, pk=seat.pk).update(worked_at=at)


def _is_before(field: str, at: datetime, now: datetime) -> Q:
    return Q(**{field: None}) | Q(**{f"{field}__lt": at}) | Q(**{f"{field}__gt": now})


def _seats(sessions: Collection[UUID]) -> dict[UUID, list[ClassSeat]]:
    """The seats of those of the sessions that are class labs."""
    found: dict[UUID, list[ClassSeat]] = {}
    for seat in ClassSeat.objects.filter(session__in=sessions, session__state=State.READY):
        found.setdefault(seat.session_id, []).append(seat)
    return found
