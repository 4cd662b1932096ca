"""Writes now and then in which labs somebody types, and on which node. Idle labs are saved and stopped; others are not.

Only keys count. An open page, a terminal that connects again, and the automatic answers of a terminal do not.
"""

import asyncio
import logging
import re
import time
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections
from django.db.models import Q
from django.utils import timezone

from labs.models import LabSession, State

logger = logging.getLogger(__name__)

# Seconds between two writes for one lab. With GATHER less than saves.BETWEEN, so that no key waits longer for its save
EVERY = 20.0
GATHER = 5.0  # seconds between two rounds of writes
# Answers of a terminal to a program's query: its type, the cursor position, the focus, a colour
BY_ITSELF = re.compile(rb"(?:\x1b\[[?>=]?[\d;]*[cRnty]|\x1b\[[IO]|\x1b[\]P][^\x07\x1b]*(?:\x07|\x1b\\))+")


class Typed(NamedTuple):
    """A key: when, and on which node."""

    at: datetime
    node: str


class Activity:
    """The last key in each lab, and when it was written."""

    def __init__(self) -> None:
        self._typed: dict[str, Typed] = {}  # not written yet
        self._written: dict[str, float] = {}
        self._new = asyncio.Event()

    def typed(self, session: str, node: str, keys: bytes) -> None:
        if not BY_ITSELF.fullmatch(keys):
            self._typed[session] = Typed(timezone.now(), node)
            if session not in self._written:  # at once: a learner who stops the lab next must not lose this work
                self._new.set()

    async def run(self) -> None:
        """Write until cancelled. The last key of a burst is written, too, EVERY seconds after the write before."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._new.wait(), GATHER)
            self._new.clear()
            await self.write()

    async def write(self) -> None:
        now = time.monotonic()
        self._written = {session: at for session, at in self._written.items() if now - at < EVERY}
        due = {session: typed for session, typed in self._typed.items() if session not in self._written}
        if not due:
            return
        try:
            await sync_to_async(_write)(due)
        except DatabaseError as error:
            logger.warning("The activity in labs could not be written: %s", error)
            return
        for session, typed in due.items():
            self._written[session] = now
            if self._typed.get(session) == typed:
                del self._typed[session]


def _write(typed: dict[str, Typed]) -> None:
    close_old_connections()
    try:
        write_activity(typed)
    finally:
        close_old_connections()


def write_activity(typed: dict[str, Typed]) -> None:
    """Write when and where the last keys were typed. A later time in the row is kept, unless it lies in the future (the clock)."""
    now = timezone.now()
    for session, (typed_at, node) in typed.items():
        at = min(typed_at, now)
        older = Q(active_at=None) | Q(active_at__lt=at) | Q(active_at__gt=now)
        LabSession.objects.filter(older, pk=UUID(session), state=State.READY).update(active_at=at, active_node=node)
