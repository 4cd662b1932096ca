"""The watcher: a process that looks at the labs whose pages are open, after something moved in them. A quiet lab costs nothing.

A page that opens names its session (labs.events). For each that runs we hold one watch (docs/architecture.md, Watching), and after
a change we look a few times, for a protocol may take a moment and tell nothing. Without us the page's button still looks.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import copy_context
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from redis import RedisError
from redis.asyncio import Redis

from labs import events
from labs.engine.errors import EngineError, LabFailed
from labs.engine.runtime import budget
from labs.engine.runtime.conversation import AsyncConversation
from labs.engine.shared import pace, wire
from labs.lifecycle import tasks
from labs.live import live_checks
from labs.live.live_checks import Looked
from vaka import logs

logger = logging.getLogger(__name__)

AFTER = (0.5, 1.5, 3.0, 7.0)  # seconds after the last change at which we look
GAP = 1.0  # between the beginnings of two looks at the same checks, however much moves
LATER = 1.0  # until we try again what was put off
STRAINED = 4.0  # and until we look whether a lab still has something used up
SWEEP = 10.0  # between two looks at what is held
# Threads for looks that take milliseconds, for those that mostly wait for an answer, and for labs that kept a quick look waiting
QUICK, SLOW, LATE = 2, 12, 8
WAITED = 1.0  # seconds after which a look was not quick: its lab's next ones keep nobody waiting but such labs
OPENS_WITHIN = pace.seconds(15.0)  # seconds for relay and supervisor


class Schedule:
    """When to look at a group of checks. A later change never puts off the next look, so who types on is served too."""

    def __init__(self) -> None:
        self._due: list[float] = []
        self._begun = float("-inf")

    @property
    def next(self) -> float | None:
        return self._due[0] if self._due else None

    def changed(self, now: float) -> None:
        soon = min([now + AFTER[0], *self._due[:1]])
        self._due = [max(soon, self._begun + GAP), *(now + after for after in AFTER[1:])]
        self._due.sort()

    def begin(self, now: float) -> bool:
        """Take what is due; whether nothing follows it."""
        self._begun = now
        self._due = [due for due in self._due if due > now]
        return not self._due

    def put_off(self, until: float) -> None:
        self._due = [until, *(due for due in self._due if due > until)]

    def again(self, at: float) -> None:
        """Look at that time, unless that is done before anyway."""
        if self.next is None or self.next > at:
            self._due.insert(0, at)


class Watcher:
    """Holds a watch for each session that runs and has an open page."""

    def __init__(self, redis: Redis, relay: Path) -> None:
        self.redis, self.relay = redis, relay
        self.quick, self.slow = ThreadPoolExecutor(QUICK, "quick"), ThreadPoolExecutor(SLOW, "slow")
        self.late = ThreadPoolExecutor(LATE, "late")
        self.is_late: set[UUID] = set()
        self._opened: dict[UUID, float] = {}
        self._held: dict[UUID, asyncio.Task[None]] = {}
        self._watched: set[UUID] = set()
        self._loop = asyncio.get_running_loop()

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._listen())
                both.create_task(self._sweep())
        finally:
            for task in self._held.values():
                task.cancel()

    async def _listen(self) -> None:
        """Hear of open pages; those that opened while we did not listen have left a mark."""
        while True:
            try:
                async with self.redis.pubsub(ignore_subscribe_messages=True) as words:
                    await words.subscribe(events.OPEN)
                    async for key in self.redis.scan_iter(events.open_key("*")):
                        self.opened(key.decode().removeprefix(events.open_key("")))
                    while True:
                        word = await words.get_message(timeout=None)
                        if word:
                            self.opened(word["data"].decode())
            except (RedisError, OSError) as error:
                logger.warning("The broker does not tell which pages are open: %s", error)
            await asyncio.sleep(1)

    def opened(self, name: str) -> None:
        """A page of this session is open."""
        try:
            session = UUID(name)
        except ValueError:
            return
        self._opened[session] = self._loop.time()
        if session not in self._held:
            task = self._held[session] = asyncio.create_task(self._hold(session))
            task.add_done_callback(lambda task: self._let_go(session, task))

    def _let_go(self, session: UUID, task: "asyncio.Task[None]") -> None:
        self._held.pop(session, None)
        if not task.cancelled() and (error := task.exception()):
            logger.error("It is not watched any more.", exc_info=error, extra={"session": str(session)})

    async def _sweep(self) -> None:
        """Let go of sessions whose pages are closed, and say of the others that they are watched."""
        while True:
            await asyncio.sleep(SWEEP)
            old = self._loop.time() - events.OPEN_SECONDS
            for session in [session for session, at in self._opened.items() if at < old]:
                del self._opened[session]
                self.is_late.discard(session)
                if task := self._held.get(session):
                    task.cancel()
            for session in self._watched:
                await self._say_watched(session)

    async def _hold(self, session: UUID) -> None:
        """Watch while the session runs. When the line breaks we try again; when the session ends, its page tells us anew."""
        logs.session.set(str(session))  # of this task, and of those that it begins
        pause = 1.0
        while groups := await self.in_thread(self.quick, lambda: live_checks.groups(session)):
            watching = Watching(self, session, groups)
            try:
                await watching.run()
            except ExceptionGroup as ended:
                if ended.subgroup(Over):
                    return
                if ours := ended.split((EngineError, wire.WireError))[1]:
                    raise ours from None
                logger.info("The watch of %s has ended: %.300s", session, ended.exceptions[0])
            finally:
                if session in self._watched:
                    self._watched.discard(session)
                    pause = 1.0
                    await self._tell(session, on=False)
            await asyncio.sleep(pause)
            pause = min(2 * pause, 15.0)

    def pool_for(self, session: UUID, group: str) -> ThreadPoolExecutor:
        """The threads in which this group of a lab's checks is looked at."""
        if group:
            return self.slow
        return self.late if session in self.is_late else self.quick

    def took(self, session: UUID, seconds: float) -> None:
        """So long the last quick look at this lab took: its daemons may wait with their answers on purpose."""
        if seconds > WAITED:
            self.is_late.add(session)
        else:
            self.is_late.discard(session)

    async def is_watched(self, session: UUID) -> None:
        logger.info("Its network is watched now.")
        self._watched.add(session)
        await self._say_watched(session)
        await self._tell(session, on=True)

    async def _say_watched(self, session: UUID) -> None:
        with suppress(RedisError, OSError):
            await self.redis.set(events.watched_key(session), 1, ex=events.OPEN_SECONDS)

    async def _tell(self, session: UUID, *, on: bool) -> None:
        with suppress(RedisError, OSError):
            if not on:
                await self.redis.delete(events.watched_key(session))
            await self.redis.publish(events.channel(session), events.text("watch", on=on))

    async def in_thread[T](self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        """Do what asks the database in a thread, and let go of its connection."""

        def run() -> T:
            close_old_connections()
            try:
                return work()
            finally:
                close_old_connections()

        return await self._loop.run_in_executor(pool, copy_context().run, run)


class Over(Exception):
    """The session does not run any more."""


class Watching:
    """One session's watch, and the looks that follow what it says."""

    def __init__(self, watcher: Watcher, session: UUID, groups: dict[str, list[str]]) -> None:
        self.watcher, self.session, self.groups = watcher, session, groups
        self.schedules = {name: Schedule() for name in groups}
        self._looking: set[str] = set()
        self._stirred = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    async def run(self) -> None:
        """Watch until the line breaks; always ends with an ExceptionGroup."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._listen())
            both.create_task(self._look_when_due(both))

    async def _listen(self) -> None:
        relay = await AsyncConversation.connect(self.watcher.relay, seconds=OPENS_WITHIN, decoding=self._charged)
        try:
            await relay.send_json({"session": str(self.session), "op": "watch"})
            while frame := await relay.receive():
                with self._charged():
                    said = frame.json()
                await self._heard(said)
            raise LabFailed("The lab closed the watch.")
        finally:
            relay.close()

    @contextmanager
    def _charged(self) -> Iterator[None]:
        """The lab's own budget pays for what is read inside: we let go of a lab that never stops sending."""
        with budget.of(f"watch {self.session}"), budget.of_node("watch"):
            yield

    async def _heard(self, said: dict[str, Any]) -> None:
        if "watching" in said:
            await self.watcher.is_watched(self.session)
        for schedule in self.schedules.values():  # also when the watch begins: much may have changed while nobody did
            schedule.changed(self._loop.time())
        self._stirred.set()

    async def _look_when_due(self, begun: asyncio.TaskGroup) -> None:
        while True:
            self._stirred.clear()
            now, waits = self._loop.time(), list[float]()
            for name, schedule in self.schedules.items():
                if schedule.next is None or name in self._looking:
                    continue
                if schedule.next <= now:
                    self._looking.add(name)
                    begun.create_task(self._look(name, last=schedule.begin(now)))
                else:
                    waits.append(schedule.next - now)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stirred.wait(), min(waits, default=None))

    async def _look(self, name: str, *, last: bool) -> None:
        checks = self.groups[name]

        def look() -> Looked:
            begun = time.monotonic()
            try:
                return live_checks.look(self.session, checks, last=last, changed=tasks.save_what_was_passed)
            finally:
                if not name:
                    self.watcher.took(self.session, time.monotonic() - begun)

        try:
            found = await self.watcher.in_thread(self.watcher.pool_for(self.session, name), look)
        except DatabaseError:
            logger.exception("A look at %s could not be written down.", self.session)
            found = Looked.PUT_OFF
        if found is Looked.OVER:
            raise Over(str(self.session))
        if found is Looked.PUT_OFF:
            self.schedules[name].put_off(self._loop.time() + LATER)
        if found is Looked.STRAINED:
            self.schedules[name].again(self._loop.time() + STRAINED)
        self._looking.discard(name)
        self._stirred.set()


async def serve() -> None:
    """Look until cancelled."""
    redis = Redis.from_url(settings.REDIS_URL, socket_connect_timeout=events.BROKER_SECONDS)
    async with redis:
        await Watcher(redis, settings.RELAY_SOCKET).run()
