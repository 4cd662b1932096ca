"""The watcher: when it looks, whom it watches, and what happens when the broker, the line or the lab goes away."""

import asyncio
import contextlib
import functools
import itertools
import threading
import time
from collections import Counter

from asgiref.sync import async_to_sync
from redis.asyncio import Redis

from labs import events
from labs.engine.runtime import budget
from labs.engine.shared import wire
from labs.live import watcher
from labs.live.live_checks import Looked
from labs.live.watcher import AFTER, GAP, LATER, Schedule, Watcher

# -- when


def due(schedule):
    """The moments at which it looks, if each look takes no time."""
    found = []
    while schedule.next is not None:
        found.append(schedule.next)
        schedule.begin(schedule.next)
    return found


def test_after_a_change_it_looks_four_times_and_then_is_quiet():
    schedule = Schedule()
    assert schedule.next is None
    schedule.changed(100.0)
    assert due(schedule) == [100.0 + after for after in AFTER]


def test_who_types_on_does_not_put_off_the_next_look():
    schedule = Schedule()
    for tenth in range(100):
        now = tenth / 10
        schedule.changed(now)
        assert schedule.next <= now + GAP
        if schedule.next <= now:
            schedule.begin(now)


def test_however_much_moves_there_is_a_second_between_two_looks():
    schedule, looked = Schedule(), []
    for hundredth in range(1000):
        now = hundredth / 100
        schedule.changed(now)
        if schedule.next <= now:
            schedule.begin(now)
            looked.append(now)
    assert all(b - a >= GAP for a, b in itertools.pairwise(looked))
    assert len(looked) >= 9


def test_the_last_look_is_known_as_such():
    schedule = Schedule()
    schedule.changed(0.0)
    assert [schedule.begin(after) for after in AFTER] == [False, False, False, True]


def test_a_slow_look_takes_what_became_due_meanwhile_with_it():
    schedule = Schedule()
    schedule.changed(0.0)
    assert schedule.begin(5.0) is False
    assert due(schedule) == [7.0]


def test_what_was_put_off_is_tried_again():
    schedule = Schedule()
    schedule.changed(0.0)
    for after in AFTER:
        schedule.begin(after)
    schedule.put_off(10.0 + LATER)
    assert due(schedule) == [10.0 + LATER]


def test_a_strained_lab_is_looked_at_again_and_a_look_that_is_due_before_stands():
    schedule = Schedule()
    schedule.again(4.0)
    schedule.again(6.0)
    assert due(schedule) == [4.0]


# -- whom


class Lab:
    """A lab behind the relay that can be watched; it says what it is told to."""

    def __init__(self):
        self.watchers, self.refuses = [], ""
        self.came = asyncio.Event()

    async def serve(self, path):
        return await asyncio.start_unix_server(self._watched, path)

    async def _watched(self, reader, writer):
        [frame] = wire.Decoder().feed(await reader.read(65_536))
        self.asked = frame.json()
        if self.refuses:
            writer.write(wire.close(self.refuses))
            writer.close()
            return
        writer.write(wire.message({"watching": True}))
        self.watchers.append(writer)
        self.came.set()
        with contextlib.suppress(ConnectionError):
            while await reader.read(65_536):
                pass
        self.watchers.remove(writer)
        writer.close()

    def says(self, value):
        for writer in self.watchers:
            writer.write(wire.message(value))

    def goes(self):
        for writer in list(self.watchers):
            writer.write(wire.close("The lab is gone."))


class Scene:
    def __init__(self, redis, lab, looks):
        self.redis, self.lab, self.looks = redis, lab, looks
        self.while_looking = lambda session: None

    async def open_page(self, session):
        await self.redis.set(events.open_key(session), 1, ex=events.OPEN_SECONDS)
        await self.redis.publish(events.OPEN, str(session))


SESSION = "7a9b1c2d-0000-4000-8000-000000000001"


def scene(test):
    """Run a test with a watcher, a lab, and looks that are counted."""

    @functools.wraps(test)
    def run(broker_url, tmp_path, monkeypatch):
        monkeypatch.setattr(watcher, "AFTER", (0.05, 0.1))
        monkeypatch.setattr(watcher, "GAP", 0.01)
        monkeypatch.setattr(watcher, "LATER", 0.05)
        monkeypatch.setattr(watcher, "SWEEP", 0.1)
        monkeypatch.setattr(watcher, "WAITED", 0.05)
        async_to_sync(play)(test, broker_url, tmp_path / "relay.sock", monkeypatch)

    del run.__wrapped__  # pytest reads its arguments
    return run


async def play(test, url, relay, monkeypatch):
    looked = []

    def look(session, checks, *, last, changed):
        looked.append((str(session), checks, last))
        scene.while_looking(str(session))
        return scene.answer

    async with Redis.from_url(url) as redis:
        await redis.flushall()
        lab = Lab()
        scene = Scene(redis, lab, looked)
        scene.relay, scene.answer, scene.groups = relay, Looked.DONE, {"": ["on"], "ping": ["far"]}
        monkeypatch.setattr(watcher.live_checks, "look", look)
        monkeypatch.setattr(watcher.live_checks, "groups", lambda session: scene.groups)
        server = await lab.serve(relay)
        scene.watcher = Watcher(redis, relay)
        running = asyncio.create_task(scene.watcher.run())
        await until(lambda: heard(redis))
        try:
            await test(scene)
        finally:
            running.cancel()
            await asyncio.gather(running, *scene.watcher._held.values(), return_exceptions=True)
            server.close()


async def heard(redis):
    return (await redis.pubsub_numsub(events.OPEN))[0][1] == 1


async def until(true, seconds=3.0):
    async with asyncio.timeout(seconds):
        while True:
            found = true()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.01)


@scene
async def test_a_page_that_opens_is_looked_at_and_then_left_in_peace(scene):
    await scene.open_page(SESSION)
    await until(lambda: len(scene.looks) == 4)
    assert scene.lab.asked == {"session": SESSION, "op": "watch"}
    assert sorted(scene.looks) == [
        (SESSION, ["far"], False), (SESSION, ["far"], True), (SESSION, ["on"], False), (SESSION, ["on"], True),
    ]  # fmt: skip
    assert await scene.redis.exists(events.watched_key(SESSION))
    await asyncio.sleep(0.3)
    assert len(scene.looks) == 4


@scene
async def test_a_change_is_looked_at(scene):
    await scene.open_page(SESSION)
    await until(lambda: len(scene.looks) == 4)
    scene.lab.says({"changed": ["r1"]})
    await until(lambda: len(scene.looks) == 8)


@scene
async def test_labs_that_keep_quick_looks_waiting_keep_no_other_lab_waiting(scene):
    scene.groups = {"": ["on"]}
    slow = [f"7a9b1c2d-0000-4000-8000-{number:012}" for number in range(2, 2 + watcher.QUICK)]
    goes_on, seen = threading.Event(), Counter()

    def wait(session):
        if session in slow:
            seen[session] += 1
            if seen[session] == 1:
                time.sleep(0.1)
            else:
                goes_on.wait(10)

    scene.while_looking = wait
    for session in slow:
        await scene.open_page(session)
    await until(lambda: all(seen[session] == 2 for session in slow))  # each is being looked at, and does not answer
    try:
        await scene.open_page(SESSION)
        await until(lambda: [each for each in scene.looks if each[0] == SESSION and each[2]])
        assert all(seen[session] == 2 for session in slow)
    finally:
        goes_on.set()
    await until(lambda: len(scene.looks) == 6)
    scene.lab.says({"changed": ["r1"]})
    await until(lambda: not scene.watcher.is_late)  # and who answers in time again is no longer apart


@scene
async def test_a_lab_that_says_too_much_of_what_changes_is_let_go_of(scene):
    await scene.open_page(SESSION)
    await until(lambda: len(scene.looks) == 4)
    budget.budgets[f"watch {SESSION}"] = budget.Budget(0.0)
    scene.lab.says({"changed": ["r1"]})
    await until(lambda: not scene.lab.watchers)
    budget.budgets.clear()
    await until(lambda: scene.lab.watchers, 5)  # it is tried again


@scene
async def test_two_pages_of_a_session_are_one_watch(scene):
    for _ in range(3):
        await scene.open_page(SESSION)
    await scene.lab.came.wait()
    await asyncio.sleep(0.1)
    assert len(scene.lab.watchers) == 1


@scene
async def test_what_is_put_off_is_looked_at_later(scene):
    scene.answer = Looked.PUT_OFF
    await scene.open_page(SESSION)
    await until(lambda: len(scene.looks) > 8)
    scene.answer = Looked.DONE
    await asyncio.sleep(0.3)
    before = len(scene.looks)
    await asyncio.sleep(0.3)
    assert len(scene.looks) == before


@scene
async def test_a_session_that_ends_is_watched_no_more_and_its_page_is_told(scene):
    async with scene.redis.pubsub(ignore_subscribe_messages=True) as page:
        await page.subscribe(events.channel(SESSION))
        await scene.open_page(SESSION)
        await scene.lab.came.wait()
        scene.groups = None
        scene.lab.goes()
        await until(lambda: not scene.lab.watchers)
        told = []
        while len(told) < 2:
            if word := await page.get_message(timeout=1):
                told.append(word["data"])
        assert told == [b'{"event": "watch", "on": true}', b'{"event": "watch", "on": false}']
        assert not await scene.redis.exists(events.watched_key(SESSION))
        await until(lambda: not scene.watcher._held, 5)


@scene
async def test_a_look_that_finds_the_session_over_ends_the_watch(scene):
    scene.answer = Looked.OVER
    await scene.open_page(SESSION)
    await scene.lab.came.wait()
    await until(lambda: not scene.lab.watchers and not scene.watcher._held)


@scene
async def test_a_line_that_breaks_is_taken_up_again(scene):
    await scene.open_page(SESSION)
    await scene.lab.came.wait()
    scene.lab.came.clear()
    scene.lab.goes()
    await asyncio.wait_for(scene.lab.came.wait(), 5)


@scene
async def test_a_page_that_is_closed_is_watched_no_more(scene):
    await scene.open_page(SESSION)
    await scene.lab.came.wait()
    scene.watcher._opened = {session: at - events.OPEN_SECONDS for session, at in scene.watcher._opened.items()}
    await until(lambda: not scene.lab.watchers and not scene.watcher._held)


@scene
async def test_a_page_that_opened_before_the_watcher_is_found_by_its_mark(scene):
    await scene.redis.set(events.open_key(SESSION), 1)
    second = asyncio.create_task(Watcher(scene.redis, scene.relay).run())
    await asyncio.wait_for(scene.lab.came.wait(), 5)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)


@scene
async def test_what_is_no_session_is_passed_over(scene):
    await scene.redis.publish(events.OPEN, "../../nonsense")
    await scene.open_page(SESSION)
    await asyncio.wait_for(scene.lab.came.wait(), 3)
