"""The watcher: a process that runs live checks after a change in a lab whose page is open. A quiet lab costs nothing.

An open page names its session (labs.events). For each that runs the watcher holds one watch (docs/wire-protocol.md). After
a change it runs the checks a few times, because a protocol may need time and cause no further event. Without the watcher the page's
button still works.
"""

import asyncio
import json
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
from redis.asyncio.client import PubSub

from labs import events
from labs.engine import cpu_budget
from labs.engine.errors import EngineError, LabFailed
from labs.engine.runtime.conversation import AsyncConversation
from labs.engine.shared import pace, wire
from labs.lifecycle import check_statuses, tasks
from labs.live import live_checks
from labs.live.live_checks import Result
from vaka import logs

logger = logging.getLogger(__name__)

AFTER = (0.5, 1.5, 3.0, 7.0)  # seconds after the last change at which the checks run
GAP = 1.0  # seconds between the beginnings of two runs of the same checks, however much changes
LATER, LATEST = 1.0, 4.0  # seconds until a run that was put off is tried again: at first, and after many tries
PATIENCE = 15.0  # seconds for which the runs of a lab let a rush of checks pass
EXHAUSTED = 4.0  # seconds until the next run in a lab that has used up a resource
SETTLES = check_statuses.SETTLES.total_seconds() + 0.5  # seconds until the next run after a pass has ended
SWEEP = 10.0  # seconds between two checks of which watches are still needed
# Threads for checks that take milliseconds, for checks that mostly wait for an answer, and for labs whose quick checks were slow
QUICK, SLOW, LATE = 2, 12, 8
WAITED = 1.0  # seconds after which quick checks count as slow: the lab's next ones share threads with such labs only
OPENS_WITHIN = pace.seconds(15.0)  # seconds for relay and supervisor


class Schedule:
    """The times at which a group of checks runs. A later change never puts off the next run, so it also comes during typing."""

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
        """Remove what is due. Return whether nothing follows it."""
        self._begun = now
        self._due = [due for due in self._due if due > now]
        return not self._due

    def put_off(self, until: float) -> None:
        self._due = [until, *(due for due in self._due if due > until)]

    def again(self, at: float) -> None:
        """Run at that time, unless an earlier run is scheduled."""
        if self.next is None or self.next > at:
            self._due.insert(0, at)


class Watcher:
    """Holds a watch for each session that runs and has an open page."""

    def __init__(self, redis: Redis, relay: Path) -> None:
        self.redis, self.relay = redis, relay
        self.quick, self.slow = ThreadPoolExecutor(QUICK, "quick"), ThreadPoolExecutor(SLOW, "slow")
        self.late = ThreadPoolExecutor(LATE, "late")
        self.is_late: set[UUID] = set()
        self.opened_at: dict[UUID, float] = {}
        self.held: dict[UUID, asyncio.Task[None]] = {}
        self.watchings: dict[UUID, Watching] = {}
        self._messages: PubSub | None = None  # while the broker answers
        self._watched: set[UUID] = set()
        self._loop = asyncio.get_running_loop()

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._listen())
                group.create_task(self._sweep())
        finally:
            for task in self.held.values():
                task.cancel()

    async def _listen(self) -> None:
        """Learn which pages are open, and what the site itself has done to a watched lab.

        Pages that opened while the watcher was away have left a key.
        """
        while True:
            try:
                async with self.redis.pubsub(ignore_subscribe_messages=True) as messages:
                    await messages.subscribe(events.OPEN, *map(events.channel, self.held))
                    self._messages = messages
                    async for key in self.redis.scan_iter(events.open_key("*")):
                        self.opened(key.decode().removeprefix(events.open_key("")))
                    while True:
                        message = await messages.get_message(timeout=None)
                        if message and message["channel"].decode() == events.OPEN:
                            self.opened(message["data"].decode())
                        elif message:
                            self._heard(message["channel"].decode(), message["data"])
            except (RedisError, OSError) as error:
                logger.warning("The broker does not report which pages are open: %s", error)
            finally:
                self._messages = None
            await asyncio.sleep(1)

    def _heard(self, channel: str, event: bytes) -> None:
        """Look again at once if the page has changed a lab: a cable, or a job that has ended."""
        said = json.loads(event)
        if said.get("event") == "cables" or (said.get("event") == "job" and said.get("over")):
            watching = self.watchings.get(UUID(channel.removeprefix(events.channel(""))))
            if watching:
                watching.look_again()

    async def _hear(self, session: UUID, *, on: bool) -> None:
        """Begin or end to listen to the events of a session. If the broker is away, ``_listen`` subscribes later."""
        if messages := self._messages:
            with suppress(RedisError, OSError):
                await (messages.subscribe if on else messages.unsubscribe)(events.channel(session))

    def opened(self, name: str) -> None:
        """Hold a watch for a session, because a page of it is open."""
        try:
            session = UUID(name)
        except ValueError:
            return
        self.opened_at[session] = self._loop.time()
        if session not in self.held:
            task = self.held[session] = asyncio.create_task(self._hold(session))
            task.add_done_callback(lambda task: self._let_go(session, task))

    def _let_go(self, session: UUID, task: "asyncio.Task[None]") -> None:
        self.held.pop(session, None)
        if not task.cancelled() and (error := task.exception()):
            logger.error("The watch has failed.", exc_info=error, extra={"session": str(session)})

    async def _sweep(self) -> None:
        """End the watches of sessions whose pages are closed, and renew the keys of the others."""
        while True:
            await asyncio.sleep(SWEEP)
            old = self._loop.time() - events.OPEN_SECONDS
            for session in [session for session, at in self.opened_at.items() if at < old]:
                del self.opened_at[session]
                self.is_late.discard(session)
                if task := self.held.get(session):
                    task.cancel()
            for session in tuple(self._watched):  # others come and go meanwhile
                if session in self._watched:
                    await self._set_watched_key(session)

    async def _hold(self, session: UUID) -> None:
        """Watch while the session runs. After a broken connection try again. After the end of the session its page asks again."""
        logs.session.set(str(session))  # for this task, and for those that it starts
        await self._hear(session, on=True)
        try:
            await self._hold_while_it_runs(session)
        finally:
            await self._hear(session, on=False)

    async def _hold_while_it_runs(self, session: UUID) -> None:
        pause = 1.0
        while groups := await self.in_thread(self.quick, lambda: live_checks.groups(session)):
            watching = self.watchings[session] = Watching(self, session, groups)
            try:
                await watching.run()
            except ExceptionGroup as ended:
                if ended.subgroup(Over):
                    return
                if ours := ended.split((EngineError, wire.WireError))[1]:
                    raise ours from None
                logger.info("The watch of %s has ended: %.300s", session, ended.exceptions[0])
            finally:
                del self.watchings[session]
                if session in self._watched:
                    self._watched.discard(session)
                    pause = 1.0
                    await self._tell(session, on=False)
            await asyncio.sleep(pause)
            pause = min(2 * pause, 15.0)

    def pool_for(self, session: UUID, group: str) -> ThreadPoolExecutor:
        """Return the threads in which this group of a lab's checks runs."""
        if group:
            return self.slow
        return self.late if session in self.is_late else self.quick

    def took(self, session: UUID, seconds: float) -> None:
        """Note how long the last quick checks of a lab took. Its daemons may delay their answers on purpose."""
        if seconds > WAITED:
            self.is_late.add(session)
        else:
            self.is_late.discard(session)

    async def is_watched(self, session: UUID) -> None:
        logger.info("The network is watched now.")
        self._watched.add(session)
        await self._set_watched_key(session)
        await self._tell(session, on=True)

    async def _set_watched_key(self, session: UUID) -> None:
        with suppress(RedisError, OSError):
            await self.redis.set(events.watched_key(session), 1, ex=events.OPEN_SECONDS)

    async def _tell(self, session: UUID, *, on: bool) -> None:
        with suppress(RedisError, OSError):
            if not on:
                await self.redis.delete(events.watched_key(session))
            await self.redis.publish(events.channel(session), events.text("watch", on=on))

    async def in_thread[T](self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        """Run work that uses the database in a thread, and close its connection."""

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
    """One session's watch, and the live checks that follow its events."""

    def __init__(self, watcher: Watcher, session: UUID, groups: dict[str, list[str]]) -> None:
        self.watcher, self.session, self.groups = watcher, session, groups
        self.schedules = {name: Schedule() for name in groups}
        self._running: set[str] = set()
        self._pause = 0.0  # seconds of the last delay, while runs are put off
        self._resumes_at = float("-inf")
        self._lets_pass_since: float | None = None  # a rush of checks
        self._recovers = False  # they are put off because the network recovers, not because a job runs
        self._woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    async def run(self) -> None:
        """Watch until the connection breaks. Always ends with an ExceptionGroup."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._run_when_due(group))

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
        """Charge what is read inside to the lab's own budget. A lab that never stops sending is dropped."""
        with cpu_budget.of(f"watch {self.session}"), cpu_budget.of_node("watch"):
            yield

    async def _heard(self, said: dict[str, Any]) -> None:
        if "watching" in said:
            await self.watcher.is_watched(self.session)
        if self._recovers:  # what has changed now may be the learner's own doing
            self.look_again()
        else:  # also when the watch begins: the network may have changed while nobody watched
            self._changed()

    def look_again(self) -> None:
        """Run all checks soon, also if runs are put off."""
        self._pause, self._resumes_at = 0.0, float("-inf")
        self._changed()

    def _changed(self) -> None:
        for schedule in self.schedules.values():
            schedule.changed(self._loop.time())
        self._woken.set()

    async def _run_when_due(self, begun: asyncio.TaskGroup) -> None:
        while True:
            self._woken.clear()
            now, waits = self._loop.time(), list[float]()
            for name, schedule in self.schedules.items():
                if schedule.next is None or name in self._running or self._is_being_tried():
                    continue
                due = max(schedule.next, self._resumes_at)
                if due <= now:
                    self._running.add(name)
                    begun.create_task(self._run_checks(name, last=schedule.begin(now)))
                else:
                    waits.append(due - now)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), min(waits, default=None))

    def _is_being_tried(self) -> bool:
        """Whether runs are put off. Then one group finds out for all groups when they can continue."""
        return bool(self._pause and self._running)

    def _put_off(self, name: str) -> None:
        """Try again later. An attempt takes a while, and each try costs CPU that the attempt needs."""
        now = self._loop.time()
        if now >= self._resumes_at:  # else another group came back from the same job before
            self._pause = min(max(LATER, 2 * self._pause), LATEST)
            self._resumes_at = now + self._pause
        self.schedules[name].put_off(self._resumes_at)

    async def _run_checks(self, name: str, *, last: bool) -> None:
        checks, whole_lab = self.groups[name], name == next(iter(self.groups))
        since = self._lets_pass_since
        patient = since is None or self._loop.time() - since < PATIENCE

        def run() -> Result:
            begun = time.monotonic()
            try:
                return live_checks.run(
                    self.session,
                    checks,
                    last=last,
                    whole_lab=whole_lab,
                    patient=patient,
                    changed=tasks.save_passed_stage,
                )
            finally:
                if not name:
                    self.watcher.took(self.session, time.monotonic() - begun)

        try:
            found = await self.watcher.in_thread(self.watcher.pool_for(self.session, name), run)
        except DatabaseError:
            logger.exception("A live check of %s could not be written.", self.session)
            found = Result.PUT_OFF
        if found is Result.OVER:
            raise Over(str(self.session))
        self._recovers = found is Result.RECOVERS
        self._lets_pass_since = (since or self._loop.time()) if found is Result.RUSH else None
        if found in (Result.PUT_OFF, Result.RUSH, Result.RECOVERS):
            self._put_off(name)
        else:
            self._pause = 0.0
        if found is Result.EXHAUSTED:
            self.schedules[name].again(self._loop.time() + EXHAUSTED)
        if found is Result.SETTLES:
            self.schedules[name].again(self._loop.time() + SETTLES)
        self._running.discard(name)
        self._woken.set()


async def serve() -> None:
    """Watch until cancelled."""
    redis = Redis.from_url(settings.REDIS_URL, socket_connect_timeout=events.BROKER_SECONDS)
    async with redis:
        await Watcher(redis, settings.RELAY_SOCKET).run()
